//! What the command line can ask for besides running a device.

mod arguments;
mod check;
mod client;
mod columns;
mod here;
mod show;

use std::io::Write as _;
use std::process::ExitCode;

use edge_api::ReloadOutcome;
use edge_api::protocol::{Request, Response};

pub use arguments::{Arguments, Command};
use arguments::{Reload, Stop, Thaw};
use client::Client;
use wire::VlanId;

/// Does what is asked. 0: done, 1: the device cannot be asked, or refuses, 2: the file is wrong.
pub(crate) fn run(command: &Command) -> ExitCode {
    let done = match command {
        Command::Check(check) => return check::run(check),
        Command::Show(show) => show::run(show),
        Command::Thaw(thaw) => end_freeze(thaw),
        Command::Reload(reload) => read_again(reload),
        Command::Stop(stop) => end_device(stop),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn end_freeze(thaw: &Thaw) -> anyhow::Result<()> {
    let (vlan, mac) = (thaw.vlan, thaw.mac);
    let mut device = Client::connect(thaw.device.control.as_deref())?;
    match device.ask(&Request::Thaw { vlan, mac })? {
        Response::Thawed(true) => print(&format!("VLAN {vlan}, MAC {mac} may move again\n")),
        Response::Thawed(false) => anyhow::bail!(
            "VLAN {vlan}, MAC {mac} is not frozen: `edged show mac` tells in its last column which are"
        ),
        other => Err(client::unexpected(&other)),
    }
}

fn read_again(reload: &Reload) -> anyhow::Result<()> {
    let mut device = Client::connect(reload.device.control.as_deref())?;
    match device.ask(&Request::Reload)? {
        Response::Reload(ReloadOutcome::Done { changes }) if changes.is_empty() => {
            print("nothing changed\n")
        }
        Response::Reload(ReloadOutcome::Done { changes }) => {
            let lines = changes.iter().map(|change| format!("{change}\n"));
            print(&lines.collect::<String>())
        }
        Response::Reload(ReloadOutcome::Refused { errors }) => {
            anyhow::bail!("not reloaded, nothing changed:\n{}", errors.join("\n"))
        }
        other => Err(client::unexpected(&other)),
    }
}

fn end_device(stop: &Stop) -> anyhow::Result<()> {
    let mut device = Client::connect(stop.device.control.as_deref())?;
    match device.ask(&Request::Shutdown)? {
        Response::Ending => device.wait_for_end(),
        other => Err(client::unexpected(&other)),
    }
}

/// Writes to standard output. Whoever reads it may have had enough: that is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// A VLAN on the command line.
fn vlan(text: &str) -> Result<VlanId, String> {
    let number: u16 = text
        .parse()
        .map_err(|_| "a VLAN is a number from 1 to 4094".to_owned())?;
    VlanId::new(number).map_err(|error| error.to_string())
}
