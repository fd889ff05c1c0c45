//! New routes.

use std::net::Ipv4Addr;

use rtnetlink::RouteMessageBuilder;

use crate::Error;
use crate::namespace::Namespace;
use crate::netlink::failed;

/// Adds a route by a gateway that is on a link of the namespace.
///
/// `0.0.0.0` with prefix length 0 is the default route.
///
/// # Errors
/// The gateway is on no link that is up, the route exists, or the kernel refuses.
pub async fn add_v4(
    namespace: &Namespace,
    destination: Ipv4Addr,
    prefix_length: u8,
    gateway: Ipv4Addr,
) -> Result<(), Error> {
    let message = RouteMessageBuilder::<Ipv4Addr>::new()
        .destination_prefix(destination, prefix_length)
        .gateway(gateway)
        .build();
    let request = namespace.handle().route().add(message);
    request.execute().await.map_err(|e| {
        let space = namespace.name();
        let action = format!("add route {destination}/{prefix_length} by {gateway} in {space}");
        failed(&action, e)
    })
}
