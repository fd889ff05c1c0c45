//! Reloads: the file is read here, away from the thread that forwards, which gets what was in it.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Context;
use edge_api::ReloadOutcome;
use tracing::{error, info};

use crate::config_file::ConfigFile;
use crate::control::{About, Answer, Forwarding};
use crate::shutdown::Hangups;

/// Reads the configuration again and hands it to the forwarder; cheap to clone, one for each thread
/// that may be asked for it.
#[derive(Clone)]
pub(crate) struct Reloader {
    file: ConfigFile,
    forwarding: Forwarding,
    /// One at a time: what was read first is taken over first.
    turn: Arc<Mutex<()>>,
}

impl Reloader {
    pub(crate) fn new(file: ConfigFile, forwarding: Forwarding) -> Self {
        Self {
            file,
            forwarding,
            turn: Arc::default(),
        }
    }

    /// Who answers other questions.
    pub(crate) const fn forwarding(&self) -> &Forwarding {
        &self.forwarding
    }

    /// Reloads; `None` when the forwarder has ended.
    pub(crate) fn reload(&self) -> Option<Answer> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.file.read().map(Box::new);
        let answer = self.forwarding.ask(About::Reload(read))?;
        if let Answer::Reload(outcome) = &answer {
            log(outcome);
        }
        Some(answer)
    }

    /// Starts the thread that reloads on SIGHUP.
    pub(crate) fn follow(self, hangups: Hangups) -> anyhow::Result<()> {
        let serve = move || {
            loop {
                if let Err(problem) = hangups.wait() {
                    return error!("no reload by SIGHUP any more: {problem:#}");
                }
                if self.reload().is_none() {
                    return;
                }
            }
        };
        thread::Builder::new()
            .name("reload".to_owned())
            .spawn(serve)
            .context("cannot start the thread for reloads")?;
        Ok(())
    }
}

fn log(outcome: &ReloadOutcome) {
    match outcome {
        ReloadOutcome::Done { changes } if changes.is_empty() => info!("reloaded: nothing changed"),
        ReloadOutcome::Done { changes } => {
            for change in changes {
                info!("reloaded: {change}");
            }
        }
        ReloadOutcome::Refused { errors } => {
            for problem in errors {
                error!("not reloaded, nothing changed: {problem}");
            }
        }
    }
}
