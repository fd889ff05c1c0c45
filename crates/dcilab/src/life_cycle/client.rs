//! Talking to a standing lab, from a command that comes and goes.

use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::protocol::{Request, Response};

/// Why a lab gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The connection failed.
    #[error("lab `{lab}` does not answer: {source}")]
    Io {
        /// The lab.
        lab: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The lab ended meanwhile.
    #[error("lab `{lab}` is gone: it ended, or was taken down")]
    Gone {
        /// The lab.
        lab: String,
    },
    /// The time is over.
    #[error("lab `{lab}` has not come so far in time: `dcilab up --timeout` gives it more")]
    Timeout {
        /// The lab.
        lab: String,
    },
    /// The answer is of another version.
    #[error("lab `{lab}` answers in a way that this version does not understand: {text}")]
    Unreadable {
        /// The lab.
        lab: String,
        /// What is wrong.
        text: String,
    },
    /// The lab refused.
    #[error("{0}")]
    Refused(String),
}

/// A connection to a lab.
#[derive(Debug)]
pub struct Client {
    lab: String,
    lines: BufReader<UnixStream>,
}

impl Client {
    /// Connects to the lab at `socket`.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn connect(lab: &str, socket: &Path) -> Result<Self, ClientError> {
        let stream = UnixStream::connect(socket).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ClientError::Gone {
                lab: lab.to_owned(),
            },
            _ => ClientError::Io {
                lab: lab.to_owned(),
                source,
            },
        })?;
        Ok(Self {
            lab: lab.to_owned(),
            lines: BufReader::new(stream),
        })
    }

    /// The lab's name.
    #[must_use]
    pub fn lab(&self) -> &str {
        &self.lab
    }

    /// The number of the lab's own process, as this process sees it.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub fn process(&self) -> Result<i32, ClientError> {
        let peer = rustix::net::sockopt::socket_peercred(self.lines.get_ref());
        let peer = peer.map_err(|error| self.io(error.into()))?;
        Ok(peer.pid.as_raw_nonzero().get())
    }

    /// Gives up when the next answer takes longer than this.
    ///
    /// # Errors
    /// The kernel refuses, or the time is zero.
    pub fn set_timeout(&mut self, time: Duration) -> Result<(), ClientError> {
        let set = self.lines.get_ref().set_read_timeout(Some(time));
        set.map_err(|error| self.io(error))
    }

    /// Lets answers be waited for, with other things at the same time.
    #[must_use]
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.lines.get_ref().as_fd()
    }

    /// Asks, and gives the first answer.
    ///
    /// # Errors
    /// The lab is gone, or refuses.
    pub fn ask(&mut self, request: &Request) -> Result<Response, ClientError> {
        self.send(request)?;
        self.answer()
    }

    /// Sends a request that has more than one answer.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub fn send(&mut self, request: &Request) -> Result<(), ClientError> {
        let mut line = serde_json::to_vec(request).map_err(|error| self.unreadable(&error))?;
        line.push(b'\n');
        let sent = self.lines.get_mut().write_all(&line);
        sent.map_err(|error| self.io(error))
    }

    /// The next answer.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub fn answer(&mut self) -> Result<Response, ClientError> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line);
        if read.map_err(|error| self.io(error))? == 0 {
            return Err(self.gone());
        }
        match serde_json::from_str(&line) {
            Ok(Response::Error(text)) => Err(ClientError::Refused(text)),
            Ok(response) => Ok(response),
            Err(error) => Err(self.unreadable(&error)),
        }
    }

    /// For an answer to another question.
    #[must_use]
    pub fn unexpected(&self, response: &Response) -> ClientError {
        ClientError::Unreadable {
            lab: self.lab.clone(),
            text: format!("{response:?}"),
        }
    }

    fn gone(&self) -> ClientError {
        ClientError::Gone {
            lab: self.lab.clone(),
        }
    }

    fn io(&self, source: io::Error) -> ClientError {
        match source.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => self.gone(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ClientError::Timeout {
                lab: self.lab.clone(),
            },
            _ => ClientError::Io {
                lab: self.lab.clone(),
                source,
            },
        }
    }

    fn unreadable(&self, error: &serde_json::Error) -> ClientError {
        ClientError::Unreadable {
            lab: self.lab.clone(),
            text: error.to_string(),
        }
    }
}
