//! The thread that lives in a namespace, and how work gets to it.

use std::any::Any;
use std::fs::File;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError, mpsc};

use netns_rs::{Env, NetNs};
use rustix::mount::mount_bind;
use rustix::thread::UnshareFlags;
use tokio::sync::oneshot;

use super::LabEnv;
use crate::Error;

/// A function that was run in a namespace panicked there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a function that ran in namespace {namespace} panicked: {message}")]
pub struct PanickedInNamespace {
    /// The namespace.
    pub namespace: String,
    /// What the panic said.
    pub message: String,
}

type Job = Box<dyn FnOnce() + Send>;

/// The sending end to a thread in a namespace. The thread ends when this is dropped.
#[derive(Debug)]
pub(super) struct Worker {
    namespace: String,
    jobs: mpsc::Sender<Job>,
}

impl Worker {
    /// Starts a thread that obtains a namespace, enters it, and waits for work.
    pub(super) async fn start(
        name: &str,
        obtain: fn(&str) -> Result<NetNs<LabEnv>, Error>,
    ) -> Result<(Self, NetNs<LabEnv>), Error> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let (ready, entered) = oneshot::channel();
        let namespace = name.to_owned();
        let lost = Error::system(
            format!("start the worker of namespace {name}"),
            io::Error::from(io::ErrorKind::BrokenPipe),
        );
        std::thread::Builder::new()
            .name(format!("ns {name}"))
            .spawn(move || {
                let result = obtain(&namespace).and_then(|netns| enter(&namespace, netns));
                if ready.send(result).is_ok() {
                    queue.into_iter().for_each(|job| job());
                }
            })
            .map_err(|e| Error::system(format!("start the worker of namespace {name}"), e))?;
        let netns = entered.await.map_err(|_| lost)??;
        let namespace = name.to_owned();
        Ok((Self { namespace, jobs }, netns))
    }

    /// See `Namespace::run`.
    pub(super) fn run<T, F>(
        &self,
        function: F,
    ) -> impl Future<Output = Result<T, PanickedInNamespace>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let job = Box::new(move || {
            // What `function` owns is gone after a panic, and nothing else is shared with it.
            let _ = answer.send(catch_unwind(AssertUnwindSafe(function)));
        });
        let queued = self.jobs.send(job).is_ok();
        let namespace = self.namespace.clone();
        async move {
            let message = match result.await {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(payload)) => message(payload.as_ref()),
                Err(_) if queued => "the worker ended before the function did".to_owned(),
                Err(_) => "the worker has ended".to_owned(),
            };
            Err(PanickedInNamespace { namespace, message })
        }
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "(no message)".to_owned())
}

fn enter(name: &str, netns: NetNs<LabEnv>) -> Result<NetNs<LabEnv>, Error> {
    netns.enter().map_err(|e| refused("enter", name, e))?;
    Ok(netns)
}

fn refused(verb: &str, name: &str, error: netns_rs::Error) -> Error {
    Error::system(format!("{verb} namespace {name}"), io::Error::other(error))
}

/// Whether the directory of names is made: once, for to make it a mount point is no atomic step, and looks
/// at every name that is there. The namespaces themselves may be made side by side.
static PREPARED: Mutex<bool> = Mutex::new(false);

/// Makes a namespace with a name, and enters it: that of this very thread.
///
/// `netns-rs` would start a thread of its own for that, and finds the new namespace by the number of this
/// process, which means another process in a `/proc` from outside.
pub(super) fn make(name: &str) -> Result<NetNs<LabEnv>, Error> {
    make_by_thread(name).map_err(|e| Error::system(format!("make namespace {name}"), e))?;
    find(name)
}

/// Finds a namespace by its name.
pub(super) fn find(name: &str) -> Result<NetNs<LabEnv>, Error> {
    NetNs::get_from_env(name, LabEnv).map_err(|e| refused("find", name, e))
}

fn make_by_thread(name: &str) -> io::Result<()> {
    prepare()?;
    let path = LabEnv.persist_dir().join(name);
    File::create_new(&path)?;
    let named = unshare_network().and_then(|()| bind(&path));
    if named.is_err() {
        let _ = std::fs::remove_file(&path);
    }
    named
}

fn prepare() -> io::Result<()> {
    let mut prepared = PREPARED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*prepared {
        LabEnv.init().map_err(io::Error::other)?;
        *prepared = true;
    }
    Ok(())
}

fn unshare_network() -> io::Result<()> {
    // SAFETY: nothing but the network namespace of this thread changes; descriptors stay.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNET) }?;
    Ok(())
}

fn bind(path: &Path) -> io::Result<()> {
    mount_bind("/proc/thread-self/ns/net", path)?;
    Ok(())
}
