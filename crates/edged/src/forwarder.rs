//! The forwarding loop: frames in, decisions, frames out; one thread, which waits only for
//! its sources ([`Readiness`]).

mod questions;
mod reconfigure;
mod rings;

use core::time::Duration;
use std::sync::mpsc::Receiver;

use edge::EdgeDevice;
use edge_api::{EdgeConfig, Reloads, Status};
use linux_net::clock;
use linux_net::route::Change;
use wire::Timestamp;

use crate::control::{EventSender, Question, Waker};
use crate::egress::FromDevice;
use crate::isis_circuits::IsisCircuits;
use crate::readiness::{Readiness, Ready, Source};
use crate::sandbox::Sandbox;
use crate::shutdown::Signals;
use crate::site_ports::SitePorts;
use crate::tunnel::Tunnel;
use crate::warnings::Warnings;

/// When to try again to pass on what the kernel or the event log could not take.
const TRY_AGAIN: Duration = Duration::from_millis(1);

pub(crate) struct Forwarder<T> {
    device: EdgeDevice,
    ports: SitePorts,
    tunnel: T,
    circuits: IsisCircuits,
    status: Status,
    warnings: Warnings,
    sandbox: Sandbox,
}

/// Why the loop ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    GoOn,
    End,
}

/// What a forwarder of these waits for.
pub(crate) fn readiness(
    signals: &Signals,
    waker: &Waker,
    tunnel: &impl Tunnel,
    ports: &SitePorts,
    circuits: &IsisCircuits,
) -> anyhow::Result<Readiness> {
    let readiness = Readiness::new(4 + ports.count() + circuits.count())?;
    readiness.add(Source::Question, waker)?;
    readiness.add(Source::Signal, signals)?;
    readiness.add(Source::Underlay, tunnel.changes_fd())?;
    readiness.add(Source::Tunnel, tunnel.frames_fd())?;
    for index in 0..ports.count() {
        readiness.add(Source::Port(index), ports.fd(index))?;
    }
    for index in 0..circuits.count() {
        readiness.add(Source::Circuit(index), circuits.fd(index))?;
    }
    Ok(readiness)
}

impl<T: Tunnel> Forwarder<T> {
    pub(crate) fn new(
        config: &EdgeConfig,
        device: EdgeDevice,
        ports: SitePorts,
        tunnel: T,
        circuits: IsisCircuits,
        sandbox: Sandbox,
    ) -> Self {
        let status = Status {
            name: config.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            system_id: device.system_id(),
            address: config.public.address,
            mode: device.mode(),
            igp_profile: device.igp_profile(),
            lsp_generation: device.lsp_generation(),
            lsp_pending_until: None,
            epoch: device.epoch(),
            now: Timestamp::ZERO,
            warnings: Vec::new(),
            reloads: Reloads::default(),
        };
        Self {
            device,
            ports,
            tunnel,
            circuits,
            status,
            warnings: Warnings::new(sandbox.warnings()),
            sandbox,
        }
    }

    /// Forwards until a signal or a request asks for the end.
    pub(crate) fn run(
        mut self,
        mut readiness: Readiness,
        signals: &Signals,
        waker: &Waker,
        questions: &Receiver<Question>,
        events: &mut EventSender,
    ) -> anyhow::Result<()> {
        self.warn();
        self.handle_deadline();
        let mut wish = Wish::GoOn;
        while wish == Wish::GoOn {
            events.pass_on(|| self.device.poll_event());
            let mut has_question = false;
            for ready in readiness.wait(self.next_wake(events))? {
                match ready {
                    Ready::Data(Source::Question) => has_question = true,
                    Ready::Data(Source::Signal) if signals.has_come() => wish = Wish::End,
                    other => self.hear_of_interfaces(other),
                }
            }
            self.forward();
            self.handle_deadline();
            if has_question && self.answer(waker, questions) == Wish::End {
                wish = Wish::End;
            }
        }
        self.shut_down();
        events.pass_on_all(|| self.device.poll_event());
        Ok(())
    }

    /// The next deadline; soon, while frames or events wait for room.
    fn next_wake(&self, events: &EventSender) -> Option<Timestamp> {
        let deadline = self.device.next_deadline();
        let has_marked =
            self.tunnel.has_marked() || self.ports.has_marked() || self.circuits.has_marked();
        if has_marked || events.holds_back() {
            let soon = clock::monotonic() + TRY_AGAIN;
            return Some(deadline.map_or(soon, |at| at.min(soon)));
        }
        deadline
    }

    fn handle_deadline(&mut self) {
        let now = clock::monotonic();
        if self.device.next_deadline().is_some_and(|at| at <= now) {
            let (device, mut egress) = self.by_itself();
            device.handle_deadline(now, &mut egress);
            self.flush();
        }
    }

    /// The device, and the ways out for what it does of its own accord.
    fn by_itself(&mut self) -> (&mut EdgeDevice, FromDevice<'_, T>) {
        let egress = FromDevice {
            site: &mut self.ports,
            public: &mut self.tunnel,
            circuits: &mut self.circuits,
        };
        (&mut self.device, egress)
    }

    fn flush(&mut self) {
        let Self {
            device,
            ports,
            tunnel,
            circuits,
            ..
        } = self;
        tunnel.flush(|reason| device.count_uplink_drop(reason));
        ports.flush(|port, reason| device.count_site_drop(port, reason));
        circuits.flush(|circuit, reason| device.count_circuit_drop(circuit, reason));
    }

    /// What the kernel has to say of interfaces, routes and neighbours.
    fn hear_of_interfaces(&mut self, ready: Ready) {
        match ready {
            // When the kernel had more news than it could keep, that is an error, and news.
            Ready::Data(Source::Underlay) | Ready::Error(Source::Underlay) => {
                self.follow(Change::None);
            }
            // An interface went down or away.
            Ready::Error(Source::Tunnel) => {
                self.tunnel.clear_error();
                self.follow(Change::Links);
            }
            Ready::Error(Source::Port(index)) => {
                self.ports.clear_error(index);
                self.follow(Change::Links);
            }
            Ready::Error(Source::Circuit(index)) => {
                self.circuits.clear_error(index);
                self.follow(Change::Links);
            }
            Ready::Data(_) | Ready::Error(_) => {}
        }
    }

    /// Follows the interfaces, routes and neighbours; at least `known` has changed.
    fn follow(&mut self, known: Change) {
        let was_running = self.tunnel.is_running();
        let change = self.tunnel.look_up_again().max(known);
        if self.tunnel.is_running() && !was_running {
            let (device, mut egress) = self.by_itself();
            device.uplink_returned(clock::monotonic(), &mut egress);
            self.flush();
        }
        if change == Change::Links {
            self.ports.follow();
            self.circuits.follow();
        }
        if change != Change::None {
            self.warn();
        }
    }

    /// Brings the warnings up to date.
    fn warn(&mut self) {
        let mut warnings = self.ports.warnings(self.tunnel.path_mtu());
        warnings.extend(self.tunnel.warnings());
        warnings.extend(self.circuits.warnings());
        self.warnings.update(warnings);
    }

    fn shut_down(&mut self) {
        let now = clock::monotonic();
        let (device, mut egress) = self.by_itself();
        device.shutdown(now, &mut egress);
        self.flush();
    }
}
