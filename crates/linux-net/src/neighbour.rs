//! Neighbours that are known from the start, so that no ARP of a host disturbs a measurement.

use std::net::Ipv4Addr;

use netlink_packet_route::neighbour::NeighbourState;
use wire::MacAddr;

use crate::Error;
use crate::link;
use crate::namespace::Namespace;
use crate::netlink::failed;

/// Binds an address to a MAC address for good, or changes an entry that exists.
///
/// # Errors
/// There is no such link, or the kernel refuses.
pub async fn add_permanent(
    namespace: &Namespace,
    name: &str,
    address: Ipv4Addr,
    mac: MacAddr,
) -> Result<(), Error> {
    let index = link::get(namespace, name).await?.index;
    let request = namespace
        .handle()
        .neighbours()
        .add(index, address.into())
        .link_layer_address(&mac.octets())
        .state(NeighbourState::Permanent)
        .replace();
    request.execute().await.map_err(|e| {
        let space = namespace.name();
        failed(&format!("add neighbour {address} on {name} in {space}"), e)
    })
}
