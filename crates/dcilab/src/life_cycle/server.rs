//! The lab's side: it builds, answers whoever connects, and ends when it is told to.

use std::cell::{Cell, OnceCell, RefCell};
use std::os::fd::AsFd;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use core::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::UnixListener;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep, timeout};
use topology::Resolved;

use super::captures::Captures;
use super::held::Hold;
use super::looks::Looks;
use super::measure::Measurement;
use super::protocol::{Stage, Timing};
use super::{connection, runtime_directory};
use crate::ending::Ending;
use crate::lab::{EdgeProgram, Lab, LabError, private_directory};
use crate::movements::Movements;
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
    /// The steps that are over, and how long each took.
    pub(super) timings: Vec<Timing>,
    /// Why it will not come any further.
    pub(super) failure: Option<String>,
}

impl News {
    /// The step so far `took` this long, and `next` begins.
    fn next_step(&mut self, next: &str, took: Duration) {
        let step = core::mem::replace(&mut self.step, next.to_owned());
        self.timings.push(Timing { step, took });
    }
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
    pub(super) movements: Movements,
    /// Whether somebody has waited for it.
    pub(super) is_wanted: Cell<bool>,
    pub(super) down: mpsc::UnboundedSender<Downed>,
    pub(super) looks: RefCell<Looks>,
    pub(super) captures: Captures,
    pub(super) measurement: RefCell<Option<Measurement>>,
    lab: OnceCell<Rc<Lab>>,
}

/// Brings a lab up and serves it at `socket` until it is told to end. Call it inside the isolation.
pub async fn serve(standing: Standing, socket: &Path) -> Ending {
    let listener = match runtime_directory::bind(socket, |at| UnixListener::bind(at)) {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("error: cannot listen at {}: {error}", socket.display());
            return Ending::BringUp;
        }
    };
    let (news, _) = watch::channel(News {
        stage: Stage::Started,
        step: "starting".to_owned(),
        timings: Vec::new(),
        failure: None,
    });
    let (down, mut asked) = mpsc::unbounded_channel();
    let server = Rc::new(Server {
        name: standing.name,
        movements: Movements::at_first(&standing.topology),
        topology: standing.topology,
        started: Instant::now(),
        news,
        is_wanted: Cell::new(false),
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
            () = server.left(standing.hold) => server.end(None).await,
        }
    };
    LocalSet::new().run_until(work).await
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
        let (news, since) = (self.news.clone(), Cell::new(self.started));
        let progress = Progress::told(move |step| {
            let took = since.replace(Instant::now()).elapsed();
            news.send_modify(|news| news.next_step(step, took));
        });
        let plan = Arc::new(self.topology.plan());
        let nodes = private_directory().join("nodes");
        let lab = Lab::build(plan, program, &nodes, &progress).await?;
        let lab = self.lab.get_or_init(|| Rc::new(lab)).clone();
        progress.step("links carry");
        lab.wait_for_links().await?;
        progress.step("adjacencies");
        self.reached(Stage::Links);
        lab.wait_for_adjacencies().await?;
        progress.step("hosts announce themselves; the IGP publishes them");
        self.reached(Stage::Adjacency);
        lab.wait_until_converged().await?;
        // It closes the step before.
        progress.step("converged");
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

    /// Waits until nobody wants the lab any more.
    async fn left(&self, hold: Hold) {
        match hold {
            Hold::StandardInput => hold.released().await,
            Hold::UntilDown => self.abandoned().await,
        }
    }

    /// Waits for the end of the command that started the lab, if it ends before it has asked for anything:
    /// then nobody else knows that there is a lab.
    async fn abandoned(&self) {
        let caller = std::io::stdin().as_fd().try_clone_to_owned();
        // Only `up` leaves a pipe there.
        if let Ok(mut caller) = caller.and_then(pipe::Receiver::from_owned_fd) {
            let _ = caller.read(&mut [0]).await;
            if !self.is_wanted.get() {
                return;
            }
        }
        std::future::pending().await
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
        while !self.movements.is_quiet() && Instant::now() < deadline {
            sleep(LOOK).await;
        }
        match lab.tear_down().await {
            Ok(()) => Vec::new(),
            Err(LabError::TearDown { problems }) => problems,
            Err(error) => vec![error.to_string()],
        }
    }
}
