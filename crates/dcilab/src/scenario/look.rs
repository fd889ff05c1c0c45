//! Looking at conditions, until they hold or their time is over.

use core::time::Duration;

use tokio::time::{Instant, sleep};
use topology::scenario::{Condition, Observable};

use super::Stumble;
use super::play::Play;

/// How often is looked.
const LOOK: Duration = Duration::from_millis(25);
/// Lines of what was seen, at the most.
const LINES: usize = 8;

/// What was seen.
pub(super) struct Seen {
    /// Whether the condition holds.
    pub(super) holds: bool,
    /// For people.
    pub(super) text: String,
}

impl Seen {
    /// It does not hold.
    pub(super) fn not(text: impl Into<String>) -> Self {
        Self {
            holds: false,
            text: text.into(),
        }
    }

    /// It holds when nothing stands against it.
    pub(super) fn unless(against: Vec<String>, otherwise: impl Into<String>) -> Self {
        if against.is_empty() {
            return Self {
                holds: true,
                text: otherwise.into(),
            };
        }
        let more = against.len().saturating_sub(LINES);
        let mut text = against[..against.len() - more].join("; ");
        if more > 0 {
            text.push_str(&format!("; and {more} more"));
        }
        Self::not(text)
    }
}

impl Play<'_> {
    /// Waits until a condition holds, and has held for `holds`; says what was seen then.
    pub(super) async fn wait_for(
        &self,
        condition: &Condition,
        within: Duration,
        holds: Duration,
    ) -> Result<String, Stumble> {
        let mut deadline = Instant::now() + within;
        let mut held_since: Option<Instant> = None;
        loop {
            self.stage.lab.journal().check()?;
            let seen = self.look(condition).await?;
            let now = Instant::now();
            if !seen.holds {
                if held_since.is_some() {
                    return Err(Stumble::Failed(format!(
                        "{condition}: did not hold for {holds:?}; seen last: {}",
                        seen.text
                    )));
                }
                if now >= deadline {
                    return Err(Stumble::Failed(format!(
                        "{condition}: not within {within:?}; seen last: {}",
                        seen.text
                    )));
                }
            } else {
                let since = *held_since.get_or_insert(now);
                if now.saturating_duration_since(since) >= holds {
                    return Ok(seen.text);
                }
                deadline = deadline.max(since + holds);
            }
            sleep(LOOK).await;
        }
    }

    async fn look(&self, condition: &Condition) -> Result<Seen, Stumble> {
        let trigger = self.snapshot(condition.since)?;
        match &condition.what {
            Observable::Mac {
                hosts,
                devices,
                place,
            } => {
                let wanted = self.wanted(hosts, devices, place)?;
                self.look_at_macs(&wanted, condition.seen, &trigger).await
            }
            Observable::Adjacency {
                devices,
                sites,
                state,
            } => {
                let links = self.links(devices, sites);
                self.look_at_links(&links, *state, condition.seen, &trigger)
                    .await
            }
            Observable::Drops {
                devices,
                reason,
                count,
            } => self.look_at_drops(devices, *reason, *count, &trigger).await,
            Observable::Lsps { devices, count } => Ok(self.look_at_lsps(devices, *count, &trigger)),
            Observable::Flow(flow) => self.look_at_flow(flow, &trigger).await,
            Observable::Ping { from, to, answer } => self.look_by_ping(from, to, *answer).await,
        }
    }
}
