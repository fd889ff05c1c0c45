//! The control socket: JSON lines on a Unix stream socket.
//!
//! Each connection has a thread of its own, so a slow reader holds up nobody. What only the forwarder
//! knows is asked of it through a channel; events come from the [`EventLog`].

mod connection;
mod event_log;
mod event_sender;
mod waker;

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender};
use std::thread;

use anyhow::Context;
pub(crate) use edge_api::protocol::Response as Answer;
use edge_api::{EdgeConfig, Event};
use rustix::fs::Mode;
use rustix::process::umask;
use tracing::warn;
use wire::{MacAddr, VlanId};

pub(crate) use event_log::EventLog;
pub(crate) use event_sender::EventSender;
pub(crate) use waker::Waker;

use crate::control_path;
use crate::reload::Reloader;

/// Connections at a time; one more is refused with a reason.
const CONNECTION_LIMIT: usize = 64;

/// What only the forwarder can answer.
#[derive(Debug)]
pub(crate) enum About {
    Status,
    MacTable,
    ArpSnooping,
    ArpSuppression,
    Adjacencies,
    Lsdb,
    Counters,
    Security,
    Thaw(VlanId, MacAddr),
    /// The configuration as it was read again, or why it cannot be used.
    Reload(Result<Box<EdgeConfig>, Vec<String>>),
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
    pub(crate) const fn new(questions: Sender<Question>, waker: Waker) -> Self {
        Self { questions, waker }
    }

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

/// A socket that nobody is answered at yet.
pub(crate) struct Listening {
    listener: UnixListener,
    file: ControlSocket,
}

impl Listening {
    /// The directory of the socket's file.
    pub(crate) fn directory(&self) -> &Path {
        control_path::directory_of(&self.file.path)
    }
}

/// Starts to listen at `path`, where only this user can ask. A directory that is missing is made, for
/// this user alone.
pub(crate) fn listen(path: &Path) -> anyhow::Result<Listening> {
    let directory = control_path::directory_of(path);
    DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    // No thread exists yet that could make a file meanwhile.
    let before = umask(Mode::from_raw_mode(0o177));
    let listener = bind(path);
    umask(before);
    Ok(Listening {
        listener: listener?,
        file: ControlSocket {
            path: path.to_owned(),
        },
    })
}

/// Starts to answer.
pub(crate) fn serve(
    listening: Listening,
    events: Receiver<Event>,
    reloader: Reloader,
) -> anyhow::Result<ControlSocket> {
    let Listening { listener, file } = listening;
    let log = EventLog::start(events)?;
    thread::Builder::new()
        .name("control".to_owned())
        .spawn(move || accept(&listener, &reloader, &log))
        .context("cannot start the control thread")?;
    Ok(file)
}

/// A socket file that nobody answers at is a dead device's, and gives way.
fn bind(path: &Path) -> anyhow::Result<UnixListener> {
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

fn accept(listener: &UnixListener, reloader: &Reloader, log: &Arc<EventLog>) {
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
        let (reloader, log, count) = (reloader.clone(), log.clone(), open.clone());
        let spawned = thread::Builder::new()
            .name("control-conn".to_owned())
            .spawn(move || {
                let _ = connection::serve(&stream, &reloader, &log);
                count.fetch_sub(1, Ordering::Relaxed);
            });
        if let Err(error) = spawned {
            open.fetch_sub(1, Ordering::Relaxed);
            warn!("control socket: cannot start a thread: {error}");
        }
    }
}
