//! A lab in a test of your own.
//!
//! ```no_run
//! use std::time::Duration;
//! use dcilab::harness::Lab;
//! use edge_api::{MacState, Mode};
//!
//! #[test]
//! fn the_new_site_takes_over() -> Result<(), dcilab::harness::HarnessError> {
//!     let lab = Lab::of_file("topologies/three-site.toml").mode(Mode::GarpFlood).up()?;
//!     let moved = lab.migrate("vm1", "c")?;
//!     assert!(moved.floor < Duration::from_secs(1));
//!     lab.expect_entry("ed-a", "vm1", MacState::Remote)?;
//!     assert!(lab.exec("client-a", ["ping", "-c1", "10.100.0.10"])?.status.success());
//!     Ok(())
//! }
//! ```
//!
//! It works in plain `#[test]`s, on threads, many labs at a time: the lab is a process of its own, which
//! `dcilab up --hold` starts, because a process that has threads cannot become one. The guard holds a
//! pipe to it. So the lab ends when the guard is dropped, when the test panics, and when the whole test
//! process is killed, by whatever means.
//!
//! The program is found by [`Builder::program`], else in the variable `DCILAB`, else as the
//! `CARGO_BIN_EXE_dcilab` that cargo sets for tests of this package, else beside the test (`target/debug`),
//! else in `PATH`. `crates/dcilab/tests/own_tests.rs` is an example that runs in CI.

mod builder;
mod device;
mod error;
mod program;

use std::cell::RefCell;
use std::ffi::OsStr;
use std::process::{ChildStdin, Command, Output};
use std::time::{Duration, Instant};

use edge_api::{Binding, MacState};

pub use builder::Builder;
pub use device::Device;
pub use error::HarnessError;

use crate::life_cycle::protocol::{
    DeviceEvent, HostNode, Inspection, MeasuredFlow, MigrateRequest, Migrated, Request, Response,
};
use crate::life_cycle::{Client, ClientError};

/// How often is looked whether a condition holds.
const LOOK: Duration = Duration::from_millis(10);
/// How long [`Lab::expect_entry`] waits: a device of FRR's timers may need two intervals of 30 s.
const ENTRY_LIMIT: Duration = Duration::from_secs(120);
/// A lab whose pipe is closed has ended within this; a move that goes on is finished first.
const END_LIMIT: Duration = Duration::from_secs(60);

/// A lab that stands as long as this lives.
#[derive(Debug)]
pub struct Lab {
    client: RefCell<Client>,
    program: std::path::PathBuf,
    /// The lab ends when this is closed.
    held: Option<ChildStdin>,
}

impl Lab {
    /// A lab of a topology file.
    pub fn of_file(file: impl Into<std::path::PathBuf>) -> Builder {
        Builder::of_file(file.into())
    }

    /// A lab of a topology that is at hand.
    pub fn of_text(text: impl Into<String>) -> Builder {
        Builder::of_text(text.into())
    }

    /// Its name: `--lab NAME` means it, as long as it stands.
    #[must_use]
    pub fn name(&self) -> String {
        self.client.borrow().lab().to_owned()
    }

    /// What it is and where everything in it is.
    ///
    /// # Errors
    /// The lab is gone.
    pub fn inspect(&self) -> Result<Inspection, HarnessError> {
        match self.ask(&Request::Inspect)? {
            Response::Inspect(inspection) => Ok(*inspection),
            other => Err(self.unexpected(&other)),
        }
    }

    /// A host: where it is now, its addresses.
    ///
    /// # Errors
    /// There is no such host; the text says which there are.
    pub fn host(&self, name: &str) -> Result<HostNode, HarnessError> {
        let mut hosts = self.inspect()?.hosts;
        match hosts.iter().position(|host| host.name == name) {
            Some(found) => Ok(hosts.swap_remove(found)),
            None => Err(HarnessError::unknown(
                "host",
                name,
                hosts.iter().map(|host| &host.name),
            )),
        }
    }

    /// Moves a VM, as the topology says that it moves, and waits until every edge device has it published.
    ///
    /// # Errors
    /// There is no such VM or site, or it is on its way already.
    pub fn migrate(&self, vm: &str, to: &str) -> Result<Migrated, HarnessError> {
        self.migrate_as(MigrateRequest {
            vm: vm.to_owned(),
            to: to.to_owned(),
            announce: None,
            downtime: None,
        })
    }

    /// Moves a VM in another way than the topology says.
    ///
    /// # Errors
    /// As [`Lab::migrate`].
    pub fn migrate_as(&self, how: MigrateRequest) -> Result<Migrated, HarnessError> {
        match self.ask(&Request::Migrate(how))? {
            Response::Migrated(migrated) => Ok(migrated),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Has a host broadcast a gratuitous ARP.
    ///
    /// # Errors
    /// There is no such host.
    pub fn announce(&self, host: &str) -> Result<(), HarnessError> {
        let host = host.to_owned();
        match self.ask(&Request::Announce { host })? {
            Response::Announced => Ok(()),
            other => Err(self.unexpected(&other)),
        }
    }

    /// An edge device, to read tables of.
    #[must_use]
    pub const fn device<'a>(&'a self, name: &'a str) -> Device<'a> {
        Device::new(self, name)
    }

    /// What the edge devices have reported so far.
    ///
    /// # Errors
    /// The lab is gone.
    pub fn events(&self) -> Result<Vec<DeviceEvent>, HarnessError> {
        match self.ask(&Request::Events { after: 0 })? {
            Response::Events(events) => Ok(events),
            other => Err(self.unexpected(&other)),
        }
    }

    /// What a device has for a host in its MAC table; `None`: nothing.
    ///
    /// # Errors
    /// There is no such device or host.
    pub fn entry(&self, device: &str, host: &str) -> Result<Option<Binding>, HarnessError> {
        let host = self.host(host)?;
        let table = self.device(device).mac_table()?;
        let mut rows = table.entries.into_iter();
        let row = rows.find(|row| row.mac == host.mac && row.vlan == host.vlan);
        Ok(row.map(|row| row.binding))
    }

    /// Waits until a device has a host in this state.
    ///
    /// # Errors
    /// It does not come to that; the text says what the device has in its place.
    pub fn expect_entry(
        &self,
        device: &str,
        host: &str,
        state: MacState,
    ) -> Result<(), HarnessError> {
        let what = format!("{device} to have {host} as {state}");
        self.wait_until(&what, ENTRY_LIMIT, |lab| {
            let entry = lab.entry(device, host)?;
            let is_so = entry.as_ref().is_some_and(|entry| entry.state == state);
            let has = || entry.map_or_else(|| "nothing".to_owned(), |entry| entry.to_string());
            Ok((!is_so).then(has))
        })
    }

    /// Waits until `lacking` finds nothing that is lacking.
    ///
    /// # Errors
    /// What was lacking last, when the time is over; or the error that `lacking` gives.
    pub fn wait_until(
        &self,
        what: &str,
        within: Duration,
        mut lacking: impl FnMut(&Self) -> Result<Option<String>, HarnessError>,
    ) -> Result<(), HarnessError> {
        let deadline = Instant::now() + within;
        while let Some(last) = lacking(self)? {
            if Instant::now() >= deadline {
                return Err(HarnessError::Deadline {
                    what: what.to_owned(),
                    within,
                    last,
                });
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Runs a command in a node, to its end.
    ///
    /// # Errors
    /// `dcilab exec` does not start. How the command ends is in its status.
    pub fn exec<S: AsRef<OsStr>>(
        &self,
        node: &str,
        command: impl IntoIterator<Item = S>,
    ) -> Result<Output, HarnessError> {
        let mut exec = self.command();
        exec.arg("exec").arg(node).args(["--lab", &self.name()]);
        exec.arg("--").args(command);
        exec.output().map_err(|source| self.cannot_start(source))
    }

    /// Any verb of `dcilab` on this lab, for what has no function here: `dcilab WORDS --lab NAME`.
    ///
    /// # Errors
    /// `dcilab` does not start.
    pub fn run<S: AsRef<OsStr>>(
        &self,
        words: impl IntoIterator<Item = S>,
    ) -> Result<Output, HarnessError> {
        let mut command = self.command();
        command.args(words).args(["--lab", &self.name()]);
        command.output().map_err(|source| self.cannot_start(source))
    }

    /// Sends the topology's probes while `work` is done, and tells what became of them: losses and outage
    /// of each flow. What happened before is no part of it.
    ///
    /// # Errors
    /// There was no clean baseline, or `work` failed.
    pub fn measure(
        &self,
        work: impl FnOnce(&Self) -> Result<(), HarnessError>,
    ) -> Result<Vec<MeasuredFlow>, HarnessError> {
        match self.ask(&Request::MeasureBegin)? {
            Response::Measuring => {}
            other => return Err(self.unexpected(&other)),
        }
        work(self)?;
        match self.ask(&Request::MeasureEnd)? {
            Response::Measured(flows) => Ok(flows),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Takes the lab down and says whether all of it went. Dropping it takes it down as well.
    ///
    /// # Errors
    /// What could not be taken down.
    pub fn down(self) -> Result<(), HarnessError> {
        match self.ask(&Request::Down)? {
            Response::Down { problems } if problems.is_empty() => Ok(()),
            Response::Down { problems } => Err(HarnessError::Left { problems }),
            other => Err(self.unexpected(&other)),
        }
    }

    fn ask(&self, request: &Request) -> Result<Response, HarnessError> {
        Ok(self.client.borrow_mut().ask(request)?)
    }

    fn unexpected(&self, response: &Response) -> HarnessError {
        self.client.borrow().unexpected(response).into()
    }

    fn command(&self) -> Command {
        program::command(&self.program)
    }

    fn cannot_start(&self, source: std::io::Error) -> HarnessError {
        HarnessError::Program {
            program: self.program.clone(),
            source,
        }
    }
}

/// Waits until the lab has ended: the next one may have its name.
impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.held.take());
        let client = self.client.get_mut();
        if client.set_timeout(END_LIMIT).is_err() {
            return;
        }
        // Nothing is asked: the answer is that the connection closes.
        while !matches!(
            client.answer(),
            Err(ClientError::Gone { .. } | ClientError::Io { .. } | ClientError::Timeout { .. })
        ) {}
    }
}
