//! Into the lab's own world and out again: isolation, runtime, signals, ending.

use std::io::IsTerminal;
use std::process::ExitCode;

use linux_net::isolate::{self, IsolateOptions, Isolated};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::ending::Ending;
use crate::lab::LabError;

/// Runs `work` inside a world of its own, which vanishes with it.
pub(super) fn run<F: Future<Output = Ending>>(work: impl FnOnce() -> F) -> ExitCode {
    match isolate::enter(IsolateOptions::default()) {
        Ok(Isolated::Parent(status)) => ExitCode::from(isolate::exit_code(status)),
        Ok(Isolated::Child(_)) => inside(work).into(),
        Err(error) => {
            eprintln!("error: this machine cannot run a lab: {error}");
            Ending::Unable.into()
        }
    }
}

fn inside<F: Future<Output = Ending>>(work: impl FnOnce() -> F) -> Ending {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    let log = tracing_subscriber::registry()
        .with(LevelFilter::WARN)
        .with(lines);
    // Nothing else sets a log up; if something did, it stays.
    let _ = log.try_init();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start the runtime: {error}");
            return Ending::BringUp;
        }
    };
    runtime.block_on(until_signal(work()))
}

/// Runs `work` until it is done or a signal asks for the end. Dropping it takes the lab down.
async fn until_signal(work: impl Future<Output = Ending>) -> Ending {
    let signals = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    );
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
        eprintln!("error: cannot wait for signals");
        return Ending::BringUp;
    };
    tokio::select! {
        ending = work => ending,
        _ = interrupt.recv() => {
            eprintln!("interrupted: the lab is gone, nothing was kept");
            Ending::Interrupted
        }
        _ = terminate.recv() => {
            eprintln!("terminated: the lab is gone, nothing was kept");
            Ending::Terminated
        }
    }
}

/// Says what went wrong with the lab of an experiment, and how to end for it.
pub(super) fn failed(label: &str, error: &LabError) -> Ending {
    eprintln!("error: {label}: {error}");
    match error {
        LabError::TearDown { .. } => Ending::CleanUp,
        _ => Ending::BringUp,
    }
}
