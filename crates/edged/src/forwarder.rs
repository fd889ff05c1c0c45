//! The forwarding loop: frames in, decisions, frames out; one thread, which waits only for
//! its sources ([`Readiness`]).

use core::time::Duration;
use std::sync::mpsc::Receiver;

use edge::{EdgeDevice, Egress, LinkId, PortId};
use edge_api::{DropReason, EdgeConfig, Status};
use linux_net::clock;
use wire::{FrameRef, Timestamp};

use crate::control::{About, Answer, EventSender, Question, Waker};
use crate::readiness::{Readiness, Ready, Source};
use crate::shutdown::Signals;
use crate::site_ports::{OtherPorts, SitePorts};
use crate::tunnel::{KernelPath, Tunnel};

/// Frames taken from one ring before the others have their turn.
const BATCH: usize = 64;
/// Rounds of batches before anything else has its turn.
const ROUNDS: usize = 16;
/// When to try again to pass on what the kernel or the event log could not take.
const TRY_AGAIN: Duration = Duration::from_millis(1);

pub(crate) struct Forwarder<T> {
    device: EdgeDevice,
    ports: SitePorts,
    tunnel: T,
    status: Status,
}

/// Why the loop ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    GoOn,
    End,
}

impl<T: Tunnel> Forwarder<T> {
    pub(crate) fn new(
        config: &EdgeConfig,
        device: EdgeDevice,
        ports: SitePorts,
        tunnel: T,
        warnings: Vec<String>,
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
            warnings,
        };
        Self {
            device,
            ports,
            tunnel,
            status,
        }
    }

    /// Forwards until a signal or a request asks for the end.
    pub(crate) fn run(
        mut self,
        signals: &Signals,
        waker: &Waker,
        questions: &Receiver<Question>,
        events: &mut EventSender,
    ) -> anyhow::Result<()> {
        let mut readiness = self.readiness(signals, waker)?;
        self.handle_deadline();
        let mut wish = Wish::GoOn;
        while wish == Wish::GoOn {
            events.pass_on(|| self.device.poll_event());
            let mut has_question = false;
            for ready in readiness.wait(self.next_wake(events))? {
                match ready {
                    Ready::Data(Source::Question) => has_question = true,
                    Ready::Data(Source::Signal) if signals.has_come() => wish = Wish::End,
                    // When the kernel had more news than it could keep, that is an error, and news.
                    Ready::Data(Source::Underlay) | Ready::Error(Source::Underlay) => {
                        self.tunnel.look_up_again();
                    }
                    Ready::Error(Source::Tunnel) => self.tunnel.clear_error(),
                    Ready::Error(Source::Port(index)) => self.ports.clear_error(index),
                    Ready::Data(_) | Ready::Error(_) => {}
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

    fn readiness(&self, signals: &Signals, waker: &Waker) -> anyhow::Result<Readiness> {
        let readiness = Readiness::new(4 + self.ports.count())?;
        readiness.add(Source::Question, waker)?;
        readiness.add(Source::Signal, signals)?;
        readiness.add(Source::Underlay, self.tunnel.changes_fd())?;
        readiness.add(Source::Tunnel, self.tunnel.frames_fd())?;
        for index in 0..self.ports.count() {
            readiness.add(Source::Port(index), self.ports.fd(index))?;
        }
        Ok(readiness)
    }

    /// The next deadline; soon, while frames or events wait for room.
    fn next_wake(&self, events: &EventSender) -> Option<Timestamp> {
        let deadline = self.device.next_deadline();
        if self.tunnel.has_marked() || self.ports.has_marked() || events.holds_back() {
            let soon = clock::monotonic() + TRY_AGAIN;
            return Some(deadline.map_or(soon, |at| at.min(soon)));
        }
        deadline
    }

    /// Takes what has arrived, a batch from each ring in turn, until all are empty or deadlines and
    /// questions have waited long enough: what is left wakes the loop again at once.
    fn forward(&mut self) {
        for _ in 0..ROUNDS {
            let now = clock::monotonic();
            let mut taken = self.take_from_tunnel(now);
            for port in 0..self.ports.count() {
                taken += self.take_from_port(now, port);
            }
            self.flush();
            if taken < BATCH {
                return;
            }
        }
    }

    fn take_from_port(&mut self, now: Timestamp, index: usize) -> usize {
        let Self {
            device,
            ports,
            tunnel,
            ..
        } = self;
        let Ok(port) = u16::try_from(index).map(PortId) else {
            return 0;
        };
        ports.receive(index, BATCH, |frame, others| match frame {
            Ok(frame) => {
                let _ =
                    device.handle_site_frame(now, port, frame, &mut FromSite { others, tunnel });
            }
            Err(reason) => device.count_site_drop(port, reason),
        })
    }

    fn take_from_tunnel(&mut self, now: Timestamp) -> usize {
        let Self {
            device,
            ports,
            tunnel,
            ..
        } = self;
        tunnel.receive(BATCH, |frame, kernel| match frame {
            Ok((link, frame)) => {
                let _ =
                    device.handle_public_frame(now, link, frame, &mut FromPublic { ports, kernel });
            }
            Err(reason) => device.count_uplink_drop(reason),
        })
    }

    fn handle_deadline(&mut self) {
        let now = clock::monotonic();
        if self.device.next_deadline().is_some_and(|at| at <= now) {
            let Self {
                device,
                ports,
                tunnel,
                ..
            } = self;
            device.handle_deadline(now, &mut FromDevice { ports, tunnel });
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.tunnel.flush();
        self.ports.flush();
    }

    /// Answers what was asked: tables are copied here, and written out by the thread that asked.
    fn answer(&mut self, waker: &Waker, questions: &Receiver<Question>) -> Wish {
        waker.clear();
        let mut wish = Wish::GoOn;
        let now = clock::monotonic();
        while let Ok(question) = questions.try_recv() {
            let answer = match question.about {
                About::Status => Answer::Status(Box::new(self.status())),
                About::MacTable => Answer::MacTable(self.device.mac_table()),
                About::ArpSnooping => Answer::ArpSnooping(self.device.arp_snooping(now)),
                About::ArpSuppression => Answer::ArpSuppression(self.device.arp_suppression(now)),
                About::Adjacencies => Answer::Adjacencies(self.device.adjacencies()),
                About::Lsdb => Answer::Lsdb(self.device.lsdb()),
                About::Counters => Answer::Counters(self.device.counters()),
                About::Thaw(vlan, mac) => Answer::Thawed(self.device.thaw(now, vlan, mac)),
                About::Shutdown => {
                    wish = Wish::End;
                    Answer::Ending
                }
            };
            let _ = question.reply.send(answer);
        }
        wish
    }

    fn status(&self) -> Status {
        Status {
            lsp_pending_until: self.device.lsp_pending_until(),
            epoch: self.device.epoch(),
            now: clock::monotonic(),
            ..self.status.clone()
        }
    }

    fn shut_down(&mut self) {
        let now = clock::monotonic();
        let Self {
            device,
            ports,
            tunnel,
            ..
        } = self;
        device.shutdown(now, &mut FromDevice { ports, tunnel });
        self.flush();
    }
}

/// For a frame from a site port: any EVI link, any other site port.
struct FromSite<'a, 'ports, T> {
    others: &'a mut OtherPorts<'ports>,
    tunnel: &'a mut T,
}

impl<T: Tunnel> Egress for FromSite<'_, '_, T> {
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.others.send(port, frame)
    }

    fn send_link(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.tunnel.send(link, frame)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.tunnel.send_by_kernel(link, frame)
    }
}

/// For a frame from the public side: any site port; to the public side only what the device itself
/// has to say.
struct FromPublic<'a> {
    ports: &'a mut SitePorts,
    kernel: &'a mut KernelPath,
}

impl Egress for FromPublic<'_> {
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.ports.send(port, frame)
    }

    fn send_link(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.kernel.send(link, frame)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.kernel.send(link, frame)
    }
}

/// For what the device does of its own accord.
struct FromDevice<'a, T> {
    ports: &'a mut SitePorts,
    tunnel: &'a mut T,
}

impl<T: Tunnel> Egress for FromDevice<'_, T> {
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.ports.send(port, frame)
    }

    fn send_link(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.tunnel.send(link, frame)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.tunnel.send_by_kernel(link, frame)
    }
}
