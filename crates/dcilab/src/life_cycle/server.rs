//! The lab's side: it builds, answers whoever connects, and ends when it is told to.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use core::time::Duration;
use tokio::net::UnixListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep, timeout};
use topology::Resolved;

use super::captures::Captures;
use super::held::Hold;
use super::looks::Looks;
use super::measure::Measurement;
use super::place::Places;
use super::protocol::Stage;
use super::{connection, runtime_directory};
use crate::ending::Ending;
use crate::lab::{EdgeProgram, Lab, LabError, private_directory};
use crate::progress::Progress;

/// Whoever waits for a lab that could not be brought up is told so within this.
const FAREWELL_LIMIT: Duration = Duration::from_secs(5);
/// A move that goes on when the lab is taken down ends within this.
const QUIET_LIMIT: Duration = Duration::from_secs(30);
/// How often is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// How far the lab is, for those who wait.
#[derive(Clone, Debug)]
pub(super) struct News {
    pub(super) stage: Stage,
    pub(super) step: String,
    /// Why it will not come any further.
    pub(super) failure: Option<String>,
}

/// Somebody who asked for the end.
pub(super) struct Downed {
    /// Takes what could not be taken down.
    pub(super) told: oneshot::Sender<Vec<String>>,
    /// Hears that the answer has left.
    pub(super) written: oneshot::Receiver<()>,
}

/// What a standing lab is made from.
pub struct Standing {
    /// The lab's name.
    pub name: String,
    /// Its topology.
    pub topology: Resolved,
    /// What to run as an edge device.
    pub program: EdgeProgram,
    /// How long it stands.
    pub hold: Hold,
}

/// The lab, as connections see it. Everything runs on one thread.
pub(super) struct Server {
    pub(super) name: String,
    pub(super) topology: Resolved,
    pub(super) started: Instant,
    pub(super) news: watch::Sender<News>,
    pub(super) places: RefCell<Places>,
    /// The VMs that are on their way.
    pub(super) moving: RefCell<BTreeSet<String>>,
    pub(super) down: mpsc::UnboundedSender<Downed>,
    pub(super) looks: RefCell<Looks>,
    pub(super) captures: Captures,
    pub(super) measurement: RefCell<Option<Measurement>>,
    lab: OnceCell<Rc<Lab>>,
}

/// Brings a lab up and serves it at `socket` until it is told to end. Call it inside the isolation.
pub async fn serve(standing: Standing, socket: &Path) -> Ending {
    let listener = match listen(socket) {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("error: cannot listen at {}: {error}", socket.display());
            return Ending::BringUp;
        }
    };
    let (news, _) = watch::channel(News {
        stage: Stage::Started,
        step: "starting".to_owned(),
        failure: None,
    });
    let (down, mut asked) = mpsc::unbounded_channel();
    let server = Rc::new(Server {
        name: standing.name,
        places: RefCell::new(Places::at_first(&standing.topology)),
        topology: standing.topology,
        started: Instant::now(),
        news,
        moving: RefCell::default(),
        down,
        looks: RefCell::default(),
        captures: Captures::default(),
        measurement: RefCell::default(),
        lab: OnceCell::new(),
    });
    let work = async {
        tokio::task::spawn_local(connection::accept(listener, server.clone()));
        tokio::select! {
            ending = server.stand(&standing.program) => ending,
            downed = asked.recv() => server.end(downed).await,
            () = standing.hold.released() => server.end(None).await,
        }
    };
    LocalSet::new().run_until(work).await
}

/// A socket that nobody answers at is a dead lab's, and gives way.
fn listen(socket: &Path) -> io::Result<UnixListener> {
    match UnixListener::bind(socket) {
        Err(error)
            if error.kind() == io::ErrorKind::AddrInUse && runtime_directory::is_dead(socket) =>
        {
            fs::remove_file(socket)?;
            UnixListener::bind(socket)
        }
        result => result,
    }
}

impl Server {
    /// Brings the lab up and lets it stand; returns when it could not be brought up.
    async fn stand(&self, program: &EdgeProgram) -> Ending {
        let Err(error) = self.bring_up(program).await else {
            return std::future::pending().await;
        };
        eprintln!("error: {error}");
        self.news
            .send_modify(|news| news.failure = Some(error.to_string()));
        let _ = timeout(FAREWELL_LIMIT, self.news.closed()).await;
        Ending::BringUp
    }

    async fn bring_up(&self, program: &EdgeProgram) -> Result<(), LabError> {
        let news = self.news.clone();
        let progress = Progress::told(move |step| {
            news.send_modify(|news| step.clone_into(&mut news.step));
        });
        let plan = Arc::new(self.topology.plan());
        let nodes = private_directory().join("nodes");
        let lab = Lab::build(plan, program, &nodes, &progress).await?;
        let lab = self.lab.get_or_init(|| Rc::new(lab)).clone();
        progress.step("links");
        lab.wait_for_links().await?;
        self.reached(Stage::Links);
        progress.step("adjacencies");
        lab.wait_for_adjacencies().await?;
        self.reached(Stage::Adjacency);
        progress.step("hosts announce themselves; the IGP publishes them");
        lab.wait_until_converged().await?;
        self.reached(Stage::Converged);
        Ok(())
    }

    fn reached(&self, stage: Stage) {
        self.news.send_modify(|news| news.stage = stage);
    }

    /// The lab, once it is built.
    pub(super) fn lab(&self) -> Result<Rc<Lab>, String> {
        let lab = self.lab.get().cloned();
        lab.ok_or_else(|| {
            let step = self.news.borrow().step.clone();
            format!("lab `{}` is not built yet: {step}", self.name)
        })
    }

    /// Takes the lab down and tells whoever asked for it.
    async fn end(&self, downed: Option<Downed>) -> Ending {
        let problems = match self.lab.get() {
            None => Vec::new(),
            Some(lab) => self.take_down(lab).await,
        };
        let ending = match problems.is_empty() {
            true => Ending::Pass,
            false => Ending::CleanUp,
        };
        if let Some(Downed { told, written }) = downed
            && told.send(problems).is_ok()
        {
            let _ = timeout(FAREWELL_LIMIT, written).await;
        }
        ending
    }

    async fn take_down(&self, lab: &Lab) -> Vec<String> {
        let deadline = Instant::now() + QUIET_LIMIT;
        // A move that has begun is finished first.
        while !self.moving.borrow().is_empty() && Instant::now() < deadline {
            sleep(LOOK).await;
        }
        match lab.tear_down().await {
            Ok(()) => Vec::new(),
            Err(LabError::TearDown { problems }) => problems,
            Err(error) => vec![error.to_string()],
        }
    }
}
