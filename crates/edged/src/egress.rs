//! Where a frame may go, by where it came from: what may not happen, there is no way to do.

use edge::{Egress, EthernetCircuitId, LinkId, PortId};
use edge_api::DropReason;
use wire::FrameRef;

use crate::isis_circuits::IsisCircuits;
use crate::site_ports::{OtherPorts, SitePorts};
use crate::tunnel::{KernelPath, Tunnel};

type Sent = Result<(), DropReason>;

/// The ways out: to the site, to the public side, and to the IS-IS circuits, which are open to all.
pub(crate) struct Ways<'a, S, P> {
    pub(crate) site: S,
    pub(crate) public: P,
    pub(crate) circuits: &'a mut IsisCircuits,
}

/// For a frame from a site port: any EVI link, any other site port; back out of the port only what the
/// device itself answers.
pub(crate) type FromSite<'a, 'ports, T> = Ways<'a, &'a mut OtherPorts<'ports>, &'a mut T>;

/// For a frame from the public side: any site port; to the public side only what the device itself
/// has to say.
pub(crate) type FromPublic<'a> = Ways<'a, &'a mut SitePorts, &'a mut KernelPath>;

/// For what the device does of its own accord.
pub(crate) type FromDevice<'a, T> = Ways<'a, &'a mut SitePorts, &'a mut T>;

/// For a frame from an IS-IS circuit: IS-IS alone. No ring of a site, and no data on the public side.
pub(crate) type FromCircuit<'a, T> = Ways<'a, NoSite, ControlAlone<'a, T>>;

/// A way to the site ports.
pub(crate) trait ToSite {
    fn send(&mut self, port: PortId, frame: FrameRef<'_>) -> Sent;
    /// Sends what the device answers at the port that asked.
    fn reply(&mut self, port: PortId, frame: FrameRef<'_>) -> Sent;
}

/// A way to the EVI links.
pub(crate) trait ToPublic {
    fn send(&mut self, link: LinkId, frame: FrameRef<'_>) -> Sent;
    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Sent;
}

impl<S: ToSite, P: ToPublic> Egress for Ways<'_, S, P> {
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Sent {
        self.site.send(port, frame)
    }

    fn reply_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Sent {
        self.site.reply(port, frame)
    }

    fn send_link(&mut self, link: LinkId, frame: FrameRef<'_>) -> Sent {
        self.public.send(link, frame)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Sent {
        self.public.send_control(link, frame)
    }

    fn send_circuit(&mut self, circuit: EthernetCircuitId, frame: FrameRef<'_>) -> Sent {
        self.circuits.send(circuit, frame)
    }
}

impl ToSite for &mut OtherPorts<'_> {
    fn send(&mut self, port: PortId, frame: FrameRef<'_>) -> Sent {
        OtherPorts::send(self, port, frame)
    }

    fn reply(&mut self, _: PortId, frame: FrameRef<'_>) -> Sent {
        OtherPorts::reply(self, frame)
    }
}

impl ToSite for &mut SitePorts {
    fn send(&mut self, port: PortId, frame: FrameRef<'_>) -> Sent {
        SitePorts::send(self, port, frame)
    }

    fn reply(&mut self, port: PortId, frame: FrameRef<'_>) -> Sent {
        SitePorts::send(self, port, frame)
    }
}

/// No way to any site port.
pub(crate) struct NoSite;

impl ToSite for NoSite {
    fn send(&mut self, _: PortId, _: FrameRef<'_>) -> Sent {
        Err(DropReason::SplitHorizon)
    }

    fn reply(&mut self, _: PortId, _: FrameRef<'_>) -> Sent {
        Err(DropReason::SplitHorizon)
    }
}

impl<T: Tunnel> ToPublic for &mut T {
    fn send(&mut self, link: LinkId, frame: FrameRef<'_>) -> Sent {
        Tunnel::send(*self, link, frame)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Sent {
        self.send_by_kernel(link, frame)
    }
}

impl ToPublic for &mut KernelPath {
    fn send(&mut self, link: LinkId, frame: FrameRef<'_>) -> Sent {
        KernelPath::send(self, link, frame)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Sent {
        KernelPath::send(self, link, frame)
    }
}

/// A way for control frames alone.
pub(crate) struct ControlAlone<'a, T>(pub(crate) &'a mut T);

impl<T: Tunnel> ToPublic for ControlAlone<'_, T> {
    fn send(&mut self, _: LinkId, _: FrameRef<'_>) -> Sent {
        Err(DropReason::SplitHorizon)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Sent {
        self.0.send_by_kernel(link, frame)
    }
}
