//! The control socket: JSON lines on a Unix stream socket.
//!
//! Each connection has a thread of its own, so a slow reader holds up nobody. What only the forwarder
//! knows is asked of it through a channel; events come from the [`EventLog`].

mod connection;
mod event_log;
mod event_sender;
mod waker;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender};
use std::thread;

use anyhow::Context;
use edge_api::Event;
pub(crate) use edge_api::protocol::Response as Answer;
use tracing::warn;
use wire::{MacAddr, VlanId};

pub(crate) use event_log::EventLog;
pub(crate) use event_sender::EventSender;
pub(crate) use waker::Waker;

/// Connections at a time; one more is refused with a reason.
const CONNECTION_LIMIT: usize = 64;

/// What only the forwarder can answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    Status,
    MacTable,
    ArpSnooping,
    ArpSuppression,
    Adjacencies,
    Lsdb,
    Counters,
    Thaw(VlanId, MacAddr),
    Shutdown,
}

/// A question to the forwarder.
pub(crate) struct Question {
    pub(crate) about: About,
    pub(crate) reply: SyncSender<Answer>,
}

/// Asks the forwarder; cheap to clone, one for each connection.
#[derive(Clone)]
pub(crate) struct Forwarding {
    questions: Sender<Question>,
    waker: Waker,
}

impl Forwarding {
    /// `None` when the forwarder has ended.
    pub(crate) fn ask(&self, about: About) -> Option<Answer> {
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        self.questions.send(Question { about, reply }).ok()?;
        self.waker.wake();
        answer.recv().ok()
    }
}

/// The socket's file, removed on drop.
pub(crate) struct ControlSocket {
    path: PathBuf,
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Starts to listen at `path`.
pub(crate) fn serve(
    path: &Path,
    events: Receiver<Event>,
    questions: Sender<Question>,
    waker: Waker,
) -> anyhow::Result<ControlSocket> {
    let listener = listen(path)?;
    let log = EventLog::start(events)?;
    let forwarding = Forwarding { questions, waker };
    thread::Builder::new()
        .name("control".to_owned())
        .spawn(move || accept(&listener, &forwarding, &log))
        .context("cannot start the control thread")?;
    Ok(ControlSocket {
        path: path.to_owned(),
    })
}

/// A socket file that nobody answers at is a dead device's, and gives way.
fn listen(path: &Path) -> anyhow::Result<UnixListener> {
    let place = path.display();
    match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            if UnixStream::connect(path).is_ok() {
                anyhow::bail!("{place} is in use by a running device: choose another --control");
            }
            fs::remove_file(path).with_context(|| format!("cannot replace {place}"))?;
            UnixListener::bind(path).with_context(|| format!("cannot listen at {place}"))
        }
        result => result.with_context(|| format!("cannot listen at {place}")),
    }
}

fn accept(listener: &UnixListener, forwarding: &Forwarding, log: &Arc<EventLog>) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                warn!("control socket: {error}");
                continue;
            }
        };
        if open.load(Ordering::Relaxed) >= CONNECTION_LIMIT {
            let _ = connection::refuse(&stream, "too many connections: close one");
            continue;
        }
        open.fetch_add(1, Ordering::Relaxed);
        let (forwarding, log, count) = (forwarding.clone(), log.clone(), open.clone());
        let spawned = thread::Builder::new()
            .name("control-conn".to_owned())
            .spawn(move || {
                let _ = connection::serve(&stream, &forwarding, &log);
                count.fetch_sub(1, Ordering::Relaxed);
            });
        if let Err(error) = spawned {
            open.fetch_sub(1, Ordering::Relaxed);
            warn!("control socket: cannot start a thread: {error}");
        }
    }
}
