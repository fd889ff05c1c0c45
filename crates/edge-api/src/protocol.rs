//! Requests and answers on the control socket: one JSON value a line, one answer a request.
//!
//! After [`Request::Subscribe`] the socket carries [`Response::Event`] lines until it is closed.

use serde::{Deserialize, Serialize};

use crate::{AdjacencyRow, Counters, Event, LspRow, MacTable, Status};

/// What to ask an edge device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// What it is and does.
    Status,
    /// The MAC table.
    MacTable,
    /// The IS-IS adjacencies.
    Adjacencies,
    /// The link-state database.
    Lsdb,
    /// All counters.
    Counters,
    /// Events from number `after` + 1 on: those still remembered, then new ones as they happen.
    Subscribe {
        /// The last event that the caller has seen; 0 for all.
        after: u64,
    },
    /// Purge the own LSPs and end.
    Shutdown,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "response", content = "body", rename_all = "kebab-case")]
pub enum Response {
    /// To [`Request::Status`].
    Status(Box<Status>),
    /// To [`Request::MacTable`].
    MacTable(MacTable),
    /// To [`Request::Adjacencies`].
    Adjacencies(Vec<AdjacencyRow>),
    /// To [`Request::Lsdb`].
    Lsdb(Vec<LspRow>),
    /// To [`Request::Counters`].
    Counters(Counters),
    /// To [`Request::Subscribe`], one for each event.
    Event(Box<Event>),
    /// To [`Request::Shutdown`].
    Ending,
    /// The request could not be read or answered; the text says why and what would do.
    Error(String),
}
