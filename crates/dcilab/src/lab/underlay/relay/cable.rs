//! The relay's own cable, by which frames go back to the kernel, and rings at links.

use linux_net::interface;
use linux_net::link::{self, Condition, VethEnd};
use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig};
use topology::Plan;
use wire::MacAddr;

use super::UNUSED_SLOTS;
use crate::lab::LabError;

/// The relay's own cable: where it sends, and where the kernel receives.
const SENDING: &str = "relay0";
const RECEIVING: &str = "relay1";
const SENDING_MAC: MacAddr = MacAddr::new([0x02, b'r', b'e', b'l', b'a', 0]);
const RECEIVING_MAC: MacAddr = MacAddr::new([0x02, b'r', b'e', b'l', b'a', 1]);
const CARRIER_LIMIT: core::time::Duration = core::time::Duration::from_secs(5);
/// Destination and source of frames on it.
pub(super) fn header() -> [u8; 12] {
    let mut header = [0; 12];
    header[..6].copy_from_slice(&RECEIVING_MAC.octets());
    header[6..].copy_from_slice(&SENDING_MAC.octets());
    header
}

/// The cable by which frames go back to the kernel, and the ring to send on it.
pub(super) async fn make(namespace: &Namespace, plan: &Plan) -> Result<PacketRing, LabError> {
    let uplinks = plan
        .veths
        .iter()
        .filter(|veth| veth.far.node.as_str() == namespace.name());
    let mtu = uplinks.map(|veth| veth.far.mtu).max().unwrap_or(1500);
    let end = |name, mac| VethEnd {
        namespace,
        name,
        mac,
        mtu,
    };
    let what = "cable of the relay";
    let ends = (end(SENDING, SENDING_MAC), end(RECEIVING, RECEIVING_MAC));
    link::add_veth(ends.0, ends.1)
        .await
        .map_err(LabError::kernel(what))?;
    for name in [SENDING, RECEIVING] {
        link::set_up(namespace, name)
            .await
            .map_err(LabError::kernel(what))?;
    }
    for name in [SENDING, RECEIVING] {
        let carries = link::wait_until(namespace, name, Condition::Carrier, CARRIER_LIMIT);
        carries.await.map_err(LabError::kernel(what))?;
    }
    let defaults = RingConfig::for_mtu(mtu);
    let slots = (UNUSED_SLOTS, defaults.transmit_slots);
    Ok(open(namespace, SENDING, slots, what).await?.0)
}

/// A ring at a link, with so many slots in and out.
pub(super) async fn open(
    namespace: &Namespace,
    name: &str,
    slots: (u32, u32),
    what: &str,
) -> Result<(PacketRing, MacAddr), LabError> {
    let name = name.to_owned();
    let open = move || {
        let interface = interface::lookup(&name)?;
        let config = RingConfig {
            receive_slots: slots.0,
            transmit_slots: slots.1,
            ..RingConfig::for_mtu(interface.mtu)
        };
        PacketRing::open(&interface, config).map(|ring| (ring, interface.mac))
    };
    let opened = namespace.run(open).await;
    let opened = opened.map_err(|_| LabError::Panicked {
        what: what.to_owned(),
    })?;
    opened.map_err(LabError::kernel(what))
}
