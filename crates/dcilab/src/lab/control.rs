//! Talking to an edge device over its control socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use edge_api::protocol::{Request, Response};
use edge_api::{AdjacencyRow, ArpRow, Counters, LspRow, MacTable, Status};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::{Journal, LabError};

/// The control of one edge device.
#[derive(Clone, Debug)]
pub struct EdgeControl {
    name: Arc<str>,
    socket: PathBuf,
}

struct Connection {
    lines: Lines<BufReader<OwnedReadHalf>>,
    out: OwnedWriteHalf,
}

impl EdgeControl {
    pub(super) fn new(name: &str, socket: &Path) -> Self {
        Self {
            name: name.into(),
            socket: socket.to_owned(),
        }
    }

    /// The device's name.
    #[must_use]
    pub const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// What it is and does.
    ///
    /// # Errors
    /// The device does not answer, or not to the question.
    pub async fn status(&self) -> Result<Status, LabError> {
        match self.ask(&Request::Status).await? {
            Response::Status(status) => Ok(*status),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Its MAC table.
    ///
    /// # Errors
    /// As [`EdgeControl::status`].
    pub async fn mac_table(&self) -> Result<MacTable, LabError> {
        match self.ask(&Request::MacTable).await? {
            Response::MacTable(table) => Ok(table),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Its ARP snooping table.
    ///
    /// # Errors
    /// As [`EdgeControl::status`].
    pub async fn arp_snooping(&self) -> Result<Vec<ArpRow>, LabError> {
        match self.ask(&Request::ArpSnooping).await? {
            Response::ArpSnooping(rows) => Ok(rows),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Its ARP suppression table.
    ///
    /// # Errors
    /// As [`EdgeControl::status`].
    pub async fn arp_suppression(&self) -> Result<Vec<ArpRow>, LabError> {
        match self.ask(&Request::ArpSuppression).await? {
            Response::ArpSuppression(rows) => Ok(rows),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Its IS-IS adjacencies.
    ///
    /// # Errors
    /// As [`EdgeControl::status`].
    pub async fn adjacencies(&self) -> Result<Vec<AdjacencyRow>, LabError> {
        match self.ask(&Request::Adjacencies).await? {
            Response::Adjacencies(rows) => Ok(rows),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Its link-state database.
    ///
    /// # Errors
    /// As [`EdgeControl::status`].
    pub async fn lsdb(&self) -> Result<Vec<LspRow>, LabError> {
        match self.ask(&Request::Lsdb).await? {
            Response::Lsdb(rows) => Ok(rows),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Its counters.
    ///
    /// # Errors
    /// As [`EdgeControl::status`].
    pub async fn counters(&self) -> Result<Counters, LabError> {
        match self.ask(&Request::Counters).await? {
            Response::Counters(counters) => Ok(counters),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Asks it to purge its LSPs and end.
    pub(super) async fn shut_down(&self) -> Result<(), LabError> {
        match self.ask(&Request::Shutdown).await? {
            Response::Ending => Ok(()),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Puts any question.
    ///
    /// # Errors
    /// As [`EdgeControl::status`].
    pub async fn request(&self, request: &Request) -> Result<Response, LabError> {
        self.ask(request).await
    }

    async fn ask(&self, request: &Request) -> Result<Response, LabError> {
        let mut connection = self.connect().await?;
        self.send(&mut connection, request).await?;
        let answer = self.next(&mut connection).await?;
        answer.ok_or_else(|| self.problem("it closed the connection without an answer"))
    }

    /// Hears its events from the first on, and adds them to the journal until the device ends.
    pub(super) async fn follow(&self, journal: Journal) -> Result<(), LabError> {
        let mut connection = self.connect().await?;
        self.send(&mut connection, &Request::Subscribe { after: 0 })
            .await?;
        while let Some(response) = self.next(&mut connection).await? {
            match response {
                Response::Event(event) => journal.push(self.name.clone(), *event),
                other => return Err(self.unexpected(&other)),
            }
        }
        Ok(())
    }

    pub(super) async fn is_listening(&self) -> bool {
        UnixStream::connect(&self.socket).await.is_ok()
    }

    async fn connect(&self) -> Result<Connection, LabError> {
        let stream = UnixStream::connect(&self.socket)
            .await
            .map_err(|error| self.problem(format!("its control socket: {error}")))?;
        let (read, out) = stream.into_split();
        Ok(Connection {
            lines: BufReader::new(read).lines(),
            out,
        })
    }

    async fn send(&self, to: &mut Connection, request: &Request) -> Result<(), LabError> {
        let mut line = serde_json::to_vec(request).map_err(|error| self.problem(error))?;
        line.push(b'\n');
        to.out
            .write_all(&line)
            .await
            .map_err(|error| self.problem(error))
    }

    async fn next(&self, from: &mut Connection) -> Result<Option<Response>, LabError> {
        let line = from
            .lines
            .next_line()
            .await
            .map_err(|error| self.problem(error))?;
        let parse = |line: String| serde_json::from_str(&line).map_err(|error| self.problem(error));
        match line.map(parse).transpose()? {
            Some(Response::Error(text)) => Err(self.problem(text)),
            response => Ok(response),
        }
    }

    fn problem(&self, problem: impl ToString) -> LabError {
        LabError::Control {
            name: self.name.to_string(),
            problem: problem.to_string(),
        }
    }

    fn unexpected(&self, response: &Response) -> LabError {
        self.problem(format!("it answered another question: {response:?}"))
    }
}
