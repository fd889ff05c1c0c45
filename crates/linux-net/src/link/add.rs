//! New links.

use std::os::fd::AsRawFd;
use std::time::Duration;

use netlink_packet_route::link::{BridgeStpState, InfoData, InfoVeth};
use rtnetlink::{LinkBridge, LinkMessageBuilder, LinkUnspec, LinkVeth};
use wire::MacAddr;

use crate::Error;
use crate::interface::valid_name;
use crate::namespace::Namespace;
use crate::netlink::failed;

/// One end of a virtual Ethernet cable.
#[derive(Clone, Copy, Debug)]
pub struct VethEnd<'a> {
    /// Where it is plugged in.
    pub namespace: &'a Namespace,
    /// The name of the interface there.
    pub name: &'a str,
    /// Its MAC address.
    pub mac: MacAddr,
    /// Its MTU, in bytes.
    pub mtu: u32,
}

/// Makes a virtual Ethernet cable between two namespaces (or within one), in one message: no end is
/// ever seen elsewhere. Both ends are down.
///
/// # Errors
/// A name is impossible or taken, or the kernel refuses.
pub async fn add_veth(a: VethEnd<'_>, b: VethEnd<'_>) -> Result<(), Error> {
    let message = veth_message(a, b, 0)?.build();
    let request = a.namespace.handle().link().add(message);
    request.execute().await.map_err(|e| {
        let (here, there) = (a.namespace.name(), b.namespace.name());
        let action = format!("add link {} in {here} to {} in {there}", a.name, b.name);
        failed(&action, e)
    })
}

/// The message that makes a cable from `a` to `b`; the index of `b` is 0 where the kernel may choose it.
pub(crate) fn veth_message(
    a: VethEnd<'_>,
    b: VethEnd<'_>,
    index_of_b: u32,
) -> Result<LinkMessageBuilder<LinkVeth>, Error> {
    let mut peer = LinkUnspec::new_with_name(valid_name(b.name)?)
        .address(b.mac.octets().to_vec())
        .mtu(b.mtu)
        .setns_by_fd(b.namespace.fd().as_raw_fd())
        .build();
    peer.header.index = index_of_b;
    Ok(LinkVeth::new(valid_name(a.name)?, b.name)
        .set_info_data(InfoData::Veth(InfoVeth::Peer(peer)))
        .address(a.mac.octets().to_vec())
        .mtu(a.mtu))
}

/// How a bridge behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BridgeConfig {
    /// How long a silent address stays in the forwarding table. The kernel counts in hundredths of
    /// a second.
    pub ageing_time: Duration,
    /// The MTU, in bytes.
    pub mtu: u32,
}

impl Default for BridgeConfig {
    /// 300 s (IEEE 802.1Q-2018 s8.8.3), 1500 bytes.
    fn default() -> Self {
        Self {
            ageing_time: Duration::from_secs(300),
            mtu: 1500,
        }
    }
}

/// Makes a bridge, down, with the spanning tree protocol and multicast snooping off: both would hide
/// or delay what a lab measures.
///
/// # Errors
/// The name is impossible or taken, or the kernel refuses.
pub async fn add_bridge(
    namespace: &Namespace,
    name: &str,
    config: BridgeConfig,
) -> Result<(), Error> {
    let message = bridge_message(name, config)?.build();
    let request = namespace.handle().link().add(message);
    request
        .execute()
        .await
        .map_err(|e| failed(&format!("add bridge {name} in {}", namespace.name()), e))
}

/// The message that makes a bridge.
pub(crate) fn bridge_message(
    name: &str,
    config: BridgeConfig,
) -> Result<LinkMessageBuilder<LinkBridge>, Error> {
    let ageing = u32::try_from(config.ageing_time.as_millis() / 10).unwrap_or(u32::MAX);
    Ok(LinkBridge::new(valid_name(name)?)
        .stp_state(BridgeStpState::Disabled)
        .forward_delay(0)
        .mcast_snooping(false)
        .ageing_time(ageing)
        .mtu(config.mtu))
}
