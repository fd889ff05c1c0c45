//! Named network namespaces, each with a thread that lives in it.
//!
//! A thread is in one namespace, and a `setns` held over an `.await` would follow the thread and not
//! the task. So nobody here calls `setns` but the worker thread of a namespace, once, at its start;
//! what has to happen inside is sent to it.

mod worker;

use std::fs::File;
use std::future::Future;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use netns_rs::{Env, NetNs};
use tokio::process::{Child, Command};
use tokio::runtime;
use tokio::task::AbortHandle;

use crate::Error;
use crate::isolate::NETNS_DIRECTORY;
pub use worker::PanickedInNamespace;
use worker::Worker;

/// Namespaces have their names in the lab's private `/run/netns`, where `ip netns` looks too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabEnv;

impl Env for LabEnv {
    fn persist_dir(&self) -> PathBuf {
        PathBuf::from(NETNS_DIRECTORY)
    }
}

/// A named network namespace with a worker thread and a netlink connection in it.
///
/// Dropping it ends the worker, and with it every process that [`start`](Self::start) started. The
/// name stays until [`remove`](Self::remove). The kernel takes the namespace down when it has
/// neither name nor thread nor process nor socket left.
#[derive(Debug)]
pub struct Namespace {
    name: String,
    inode: u64,
    file: File,
    named: Mutex<Option<NetNs<LabEnv>>>,
    handle: rtnetlink::Handle,
    connection: AbortHandle,
    worker: Worker,
}

impl Namespace {
    /// Makes a namespace. It holds a loopback interface that is down.
    ///
    /// # Errors
    /// The name is impossible or taken, or the kernel refuses.
    ///
    /// # Panics
    /// Outside a tokio runtime with its I/O driver on: the netlink connection runs there.
    pub async fn create(name: &str) -> Result<Self, Error> {
        Self::enter(name, worker::make).await
    }

    /// Opens a namespace that has a name already.
    ///
    /// # Errors
    /// There is none of this name, or the kernel refuses.
    ///
    /// # Panics
    /// As [`create`](Self::create).
    pub async fn open(name: &str) -> Result<Self, Error> {
        Self::enter(name, worker::find).await
    }

    async fn enter(
        name: &str,
        obtain: fn(&str) -> Result<NetNs<LabEnv>, Error>,
    ) -> Result<Self, Error> {
        let action = format!("enter namespace {name}");
        let (worker, named) = Worker::start(valid_name(name)?, obtain).await?;
        let fail = |e: io::Error| Error::system(action.clone(), e);
        let file = named.file().try_clone().map_err(fail)?;
        let inode = file.metadata().map_err(fail)?.ino();
        let runtime = runtime::Handle::current();
        let connecting = runtime.clone();
        // The socket belongs to the namespace it is made in; the connection may run anywhere.
        let (connection, handle) = worker
            .run(move || connect(&connecting))
            .await?
            .map_err(fail)?;
        Ok(Self {
            name: name.to_owned(),
            inode,
            file,
            named: Mutex::new(Some(named)),
            handle,
            connection: runtime.spawn(connection).abort_handle(),
            worker,
        })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number by which the kernel tells network namespaces apart, as in `/proc/PID/ns/net`.
    #[must_use]
    pub fn inode(&self) -> u64 {
        self.inode
    }

    /// A descriptor of the namespace: where links are to be moved to.
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// The netlink connection of this namespace; it may be used from any task.
    #[must_use]
    pub fn handle(&self) -> &rtnetlink::Handle {
        &self.handle
    }

    /// Runs `function` on the worker thread, in the namespace; the caller's thread does not change.
    ///
    /// It is queued at once, whether or not the future is polled, and others queue behind it: for
    /// long work there is [`spawn_thread`](Self::spawn_thread).
    ///
    /// # Errors
    /// The function panicked. The namespace goes on to work.
    pub fn run<T, F>(
        &self,
        function: F,
    ) -> impl Future<Output = Result<T, PanickedInNamespace>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.worker.run(function)
    }

    /// Starts a thread in the namespace, for work that goes on.
    ///
    /// # Errors
    /// The system has no thread left.
    pub async fn spawn_thread<T, F>(&self, name: &str, function: F) -> Result<JoinHandle<T>, Error>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let builder = std::thread::Builder::new().name(name.to_owned());
        let action = format!("start thread {name} in namespace {}", self.name);
        // A thread starts in the namespace of the thread that starts it.
        self.run(move || builder.spawn(function))
            .await?
            .map_err(|e| Error::system(action, e))
    }

    /// Starts a process in the namespace. It is killed when this `Namespace` is dropped or the
    /// program ends, however it ends.
    ///
    /// # Errors
    /// The program cannot be executed, or the system has no process left.
    pub async fn start(&self, mut command: Command) -> Result<Child, Error> {
        let program = command
            .as_std()
            .get_program()
            .to_string_lossy()
            .into_owned();
        let action = format!("start {program} in namespace {}", self.name);
        let runtime = runtime::Handle::current();
        // SAFETY: between fork and exec only `prctl` is called, which is a bare system call.
        unsafe { command.pre_exec(die_with_worker) };
        // By the worker: the kernel sends the signal when the *thread* that forked ends.
        self.run(move || {
            let _guard = runtime.enter();
            command.spawn()
        })
        .await?
        .map_err(|e| Error::system(action, e))
    }

    /// Takes the name away and ends the netlink connection. A second time it does nothing.
    ///
    /// # Errors
    /// The kernel refuses to unmount the name.
    pub fn remove(&self) -> Result<(), Error> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        self.connection.abort();
        let Some(named) = named.take() else {
            return Ok(());
        };
        let action = format!("remove namespace {}", self.name);
        named
            .remove()
            .map_err(|e| Error::system(action, io::Error::other(e)))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

type Connection = rtnetlink::proto::Connection<rtnetlink::packet_route::RouteNetlinkMessage>;

fn connect(runtime: &runtime::Handle) -> io::Result<(Connection, rtnetlink::Handle)> {
    use netlink_sys::AsyncSocket;

    let _guard = runtime.enter();
    let (mut connection, handle, _) = rtnetlink::new_connection()?;
    let socket = connection.socket_mut().socket_mut();
    socket.set_ext_ack(true)?;
    socket.set_cap_ack(true)?;
    Ok((connection, handle))
}

fn die_with_worker() -> io::Result<()> {
    // SAFETY: no memory is handed over.
    crate::socket_option::result(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) })
}

fn valid_name(name: &str) -> Result<&str, Error> {
    if name.is_empty() || name.len() > 200 || name.starts_with('.') || name.contains(['/', '\0']) {
        let text = "a name has 1 to 200 bytes, no `/`, and no dot in front".to_owned();
        let action = format!("make namespace `{name}`");
        return Err(Error::Answer { action, text });
    }
    Ok(name)
}
