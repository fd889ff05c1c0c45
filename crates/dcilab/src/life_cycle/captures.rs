//! The captures of a lab: each is a process of its own, which tells here how it goes.

use std::pin::Pin;

use tokio::sync::watch;
use topology::known;

use super::protocol::{CaptureBegun, CaptureRow, CaptureState, CaptureTally, Response};

/// So many that have ended are remembered.
const REMEMBERED: usize = 16;

/// Waits for what may never be.
pub(super) type Stopped = Pin<Box<dyn Future<Output = ()>>>;

/// All captures of a lab.
#[derive(Debug)]
pub(super) struct Captures(watch::Sender<Table>);

#[derive(Debug, Default)]
struct Table {
    begun: u32,
    rows: Vec<CaptureRow>,
}

/// One of them, as long as its connection lives.
#[derive(Debug)]
pub(super) struct Capture {
    number: u32,
    table: watch::Sender<Table>,
}

impl Default for Captures {
    fn default() -> Self {
        Self(watch::channel(Table::default()).0)
    }
}

impl Captures {
    pub(super) fn rows(&self) -> Vec<CaptureRow> {
        self.0.borrow().rows.clone()
    }

    pub(super) fn begin(&self, begun: CaptureBegun) -> Capture {
        let mut number = 0;
        self.0.send_modify(|table| {
            table.begun += 1;
            number = table.begun;
            table.forget();
            table.rows.push(CaptureRow {
                number,
                begun,
                tally: CaptureTally::default(),
                state: CaptureState::Running,
            });
        });
        Capture {
            number,
            table: self.0.clone(),
        }
    }

    /// Tells one, or all, to end, and waits until they have.
    pub(super) async fn stop(&self, number: Option<u32>) -> Result<Response, String> {
        let is_meant = |row: &CaptureRow| {
            let is_named = number.is_none_or(|number| number == row.number);
            is_named && !matches!(row.state, CaptureState::Ended(_))
        };
        let rows = self.rows();
        let meant: Vec<_> = rows.iter().filter(|row| is_meant(row)).collect();
        if meant.is_empty() {
            return Err(none(number, &rows));
        }
        let numbers: Vec<_> = meant.iter().map(|row| row.number).collect();
        self.0.send_modify(|table| {
            let rows = table.rows.iter_mut();
            for row in rows.filter(|row| row.state == CaptureState::Running) {
                if numbers.contains(&row.number) {
                    row.state = CaptureState::Stopping;
                }
            }
        });
        let mut table = self.0.subscribe();
        let has_ended = |row: &CaptureRow| {
            !numbers.contains(&row.number) || matches!(row.state, CaptureState::Ended(_))
        };
        let ended = table.wait_for(|table| table.rows.iter().all(has_ended));
        let table = ended.await.map_err(|error| error.to_string())?;
        let rows = table.rows.iter();
        let ended = rows.filter(|row| numbers.contains(&row.number)).cloned();
        Ok(Response::Captures(ended.collect()))
    }

    /// For a capture that knows already.
    pub(super) fn never() -> Stopped {
        Box::pin(std::future::pending())
    }
}

/// Why there is nothing to stop.
fn none(number: Option<u32>, rows: &[CaptureRow]) -> String {
    let running = rows.iter().filter(|row| row.state == CaptureState::Running);
    let running: Vec<_> = running.map(|row| row.number.to_string()).collect();
    let ended = rows.iter().find(|row| Some(row.number) == number);
    match (number, ended.map(|row| &row.state)) {
        (Some(number), Some(CaptureState::Ended(why))) => {
            format!("capture {number} has ended already: {why}")
        }
        (Some(number), _) if !running.is_empty() => format!(
            "there is no capture {number}: there are {}",
            known(running.iter().map(String::as_str))
        ),
        _ => "no capture goes on: `dcilab capture start NODE:IF -w FILE` begins one".to_owned(),
    }
}

impl Table {
    fn row(&mut self, number: u32) -> Option<&mut CaptureRow> {
        self.rows.iter_mut().find(|row| row.number == number)
    }

    fn forget(&mut self) {
        let is_over = |row: &CaptureRow| matches!(row.state, CaptureState::Ended(_));
        while self.rows.iter().filter(|row| is_over(row)).count() >= REMEMBERED {
            if let Some(first) = self.rows.iter().position(is_over) {
                self.rows.remove(first);
            }
        }
    }
}

impl Capture {
    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn told(&self, tally: CaptureTally) {
        self.table.send_modify(|table| {
            if let Some(row) = table.row(self.number) {
                row.tally = tally;
            }
        });
    }

    pub(super) fn ended(&self, tally: CaptureTally, why: &str) {
        self.told(tally);
        self.over(why);
    }

    /// Is ready when the capture is to end.
    pub(super) fn stopped(&self) -> Stopped {
        let (number, mut table) = (self.number, self.table.subscribe());
        Box::pin(async move {
            let is_asked = |table: &Table| {
                let mut rows = table.rows.iter();
                rows.any(|row| row.number == number && row.state == CaptureState::Stopping)
            };
            if table.wait_for(is_asked).await.is_err() {
                Captures::never().await;
            }
        })
    }

    fn over(&self, why: &str) {
        self.table.send_modify(|table| {
            if let Some(row) = table.row(self.number)
                && !matches!(row.state, CaptureState::Ended(_))
            {
                row.state = CaptureState::Ended(why.to_owned());
            }
        });
    }
}

/// A capture whose process is killed has ended, too.
impl Drop for Capture {
    fn drop(&mut self) {
        self.over("its process has ended without a word");
    }
}
