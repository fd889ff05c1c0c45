//! The forwarding loop: frames in, decisions, frames out; one thread, which waits only in `poll`.

use std::sync::mpsc::{Receiver, Sender};

use edge::{EdgeDevice, Egress, LinkId, PortId};
use edge_api::{DropReason, EdgeConfig, Event, Status};
use linux_net::clock;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use wire::{FrameRef, Timestamp};

use crate::control::{Answer, Question, Waker};
use crate::shutdown::Signals;
use crate::site_ports::{OtherPorts, SitePorts};
use crate::tunnel::{KernelPath, Tunnel};

/// Frames taken from one ring before the others have their turn.
const BATCH: usize = 64;

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
        events: &Sender<Event>,
    ) -> anyhow::Result<()> {
        self.handle_deadline();
        loop {
            self.report_events(events);
            let woken = self.wait(signals, waker)?;
            self.forward();
            self.handle_deadline();
            if woken && self.answer(waker, questions) == Wish::End || signals.has_come() {
                break;
            }
        }
        self.shut_down();
        self.report_events(events);
        Ok(())
    }

    /// Sleeps until a frame, a change of the underlay, a question, a signal or the next deadline.
    /// Says whether there is a question.
    fn wait(&mut self, signals: &Signals, waker: &Waker) -> anyhow::Result<bool> {
        let timeout = self.device.next_deadline().map(timespec_until);
        let mut fds = vec_of_fds(&self.ports, &self.tunnel, signals, waker);
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(std::io::Error::from(error).into()),
        }
        let ready = |index: usize| {
            fds.get(index)
                .is_some_and(|fd: &PollFd<'_>| !fd.revents().is_empty())
        };
        let (woken, changed) = (ready(0), ready(2));
        let failed: Vec<usize> = (0..self.ports.count())
            .filter(|port| fds[4 + port].revents().contains(PollFlags::ERR))
            .collect();
        drop(fds);
        for port in failed {
            self.ports.clear_error(port);
        }
        if changed {
            self.tunnel.look_up_again();
        }
        Ok(woken)
    }

    /// Takes what has arrived, a batch from each ring in turn until all are empty.
    fn forward(&mut self) {
        loop {
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

    fn report_events(&mut self, events: &Sender<Event>) {
        while let Some(event) = self.device.poll_event() {
            // The other side lives as long as the process; without it events have no reader.
            let _ = events.send(event);
        }
    }

    /// Answers what was asked: tables are copied here, and written out by the thread that asked.
    fn answer(&mut self, waker: &Waker, questions: &Receiver<Question>) -> Wish {
        waker.clear();
        let mut wish = Wish::GoOn;
        while let Ok(question) = questions.try_recv() {
            let answer = match question.about {
                crate::control::About::Status => Answer::Status(Box::new(self.status())),
                crate::control::About::MacTable => Answer::MacTable(self.device.mac_table()),
                crate::control::About::Adjacencies => {
                    Answer::Adjacencies(self.device.adjacencies())
                }
                crate::control::About::Lsdb => Answer::Lsdb(self.device.lsdb()),
                crate::control::About::Counters => Answer::Counters(self.device.counters()),
                crate::control::About::Shutdown => {
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

/// 0: questions; 1: signals; 2: underlay; 3: tunnel; then the site ports.
fn vec_of_fds<'a, T: Tunnel>(
    ports: &'a SitePorts,
    tunnel: &'a T,
    signals: &'a Signals,
    waker: &'a Waker,
) -> Vec<PollFd<'a>> {
    let mut fds = Vec::with_capacity(4 + ports.count());
    fds.push(PollFd::new(waker, PollFlags::IN));
    fds.push(PollFd::new(signals, PollFlags::IN));
    fds.push(PollFd::from_borrowed_fd(tunnel.changes_fd(), PollFlags::IN));
    fds.push(PollFd::from_borrowed_fd(tunnel.frames_fd(), PollFlags::IN));
    for port in 0..ports.count() {
        fds.push(PollFd::from_borrowed_fd(ports.fd(port), PollFlags::IN));
    }
    fds
}

fn timespec_until(at: Timestamp) -> Timespec {
    let wait = at.saturating_since(clock::monotonic());
    Timespec {
        tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: wait.subsec_nanos().into(),
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
