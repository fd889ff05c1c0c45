//! Where a frame may go, by where it came from: what may not happen, there is no way to do.

use edge::{Egress, EthernetCircuitId, LinkId, PortId};
use edge_api::DropReason;
use wire::FrameRef;

use crate::isis_circuits::IsisCircuits;
use crate::site_ports::{OtherPorts, SitePorts};
use crate::tunnel::{KernelPath, Tunnel};

/// For a frame from a site port: any EVI link, any other site port; back out of the port only what the
/// device itself answers.
pub(crate) struct FromSite<'a, 'ports, T> {
    pub(crate) others: &'a mut OtherPorts<'ports>,
    pub(crate) tunnel: &'a mut T,
    pub(crate) circuits: &'a mut IsisCircuits,
}

impl<T: Tunnel> Egress for FromSite<'_, '_, T> {
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.others.send(port, frame)
    }

    fn reply_site(&mut self, _: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.others.reply(frame)
    }

    fn send_link(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.tunnel.send(link, frame)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.tunnel.send_by_kernel(link, frame)
    }

    fn send_circuit(
        &mut self,
        circuit: EthernetCircuitId,
        frame: FrameRef<'_>,
    ) -> Result<(), DropReason> {
        self.circuits.send(circuit, frame)
    }
}

/// For a frame from the public side: any site port; to the public side only what the device itself
/// has to say.
pub(crate) struct FromPublic<'a> {
    pub(crate) ports: &'a mut SitePorts,
    pub(crate) kernel: &'a mut KernelPath,
    pub(crate) circuits: &'a mut IsisCircuits,
}

impl Egress for FromPublic<'_> {
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.ports.send(port, frame)
    }

    fn reply_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.ports.send(port, frame)
    }

    fn send_link(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.kernel.send(link, frame)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.kernel.send(link, frame)
    }

    fn send_circuit(
        &mut self,
        circuit: EthernetCircuitId,
        frame: FrameRef<'_>,
    ) -> Result<(), DropReason> {
        self.circuits.send(circuit, frame)
    }
}

/// For what the device does of its own accord.
pub(crate) struct FromDevice<'a, T> {
    pub(crate) ports: &'a mut SitePorts,
    pub(crate) tunnel: &'a mut T,
    pub(crate) circuits: &'a mut IsisCircuits,
}

impl<T: Tunnel> Egress for FromDevice<'_, T> {
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.ports.send(port, frame)
    }

    fn reply_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.ports.send(port, frame)
    }

    fn send_link(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.tunnel.send(link, frame)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.tunnel.send_by_kernel(link, frame)
    }

    fn send_circuit(
        &mut self,
        circuit: EthernetCircuitId,
        frame: FrameRef<'_>,
    ) -> Result<(), DropReason> {
        self.circuits.send(circuit, frame)
    }
}

/// For a frame from an IS-IS circuit: IS-IS alone. No ring of a site, and no data on the public side.
pub(crate) struct FromCircuit<'a, T> {
    pub(crate) tunnel: &'a mut T,
    pub(crate) circuits: &'a mut IsisCircuits,
}

impl<T: Tunnel> Egress for FromCircuit<'_, T> {
    fn send_site(&mut self, _: PortId, _: FrameRef<'_>) -> Result<(), DropReason> {
        Err(DropReason::SplitHorizon)
    }

    fn reply_site(&mut self, _: PortId, _: FrameRef<'_>) -> Result<(), DropReason> {
        Err(DropReason::SplitHorizon)
    }

    fn send_link(&mut self, _: LinkId, _: FrameRef<'_>) -> Result<(), DropReason> {
        Err(DropReason::SplitHorizon)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.tunnel.send_by_kernel(link, frame)
    }

    fn send_circuit(
        &mut self,
        circuit: EthernetCircuitId,
        frame: FrameRef<'_>,
    ) -> Result<(), DropReason> {
        self.circuits.send(circuit, frame)
    }
}
