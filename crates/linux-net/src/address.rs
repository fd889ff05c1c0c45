//! IPv4 addresses of links.

use std::net::Ipv4Addr;

use rtnetlink::AddressMessageBuilder;

use crate::Error;
use crate::link;
use crate::namespace::Namespace;
use crate::netlink::failed;

/// Gives a link an address; the kernel adds the route to its prefix when the link is up.
///
/// # Errors
/// There is no such link, it has the address already, or the kernel refuses.
pub async fn add(
    namespace: &Namespace,
    name: &str,
    address: Ipv4Addr,
    prefix_length: u8,
) -> Result<(), Error> {
    let index = link::get(namespace, name).await?.index;
    let request = namespace
        .handle()
        .address()
        .add(index, address.into(), prefix_length);
    request.execute().await.map_err(|e| {
        let space = namespace.name();
        let action = format!("add address {address}/{prefix_length} to {name} in {space}");
        failed(&action, e)
    })
}

/// Takes an address from a link.
///
/// # Errors
/// There is no such link, it does not have the address, or the kernel refuses.
pub async fn remove(
    namespace: &Namespace,
    name: &str,
    address: Ipv4Addr,
    prefix_length: u8,
) -> Result<(), Error> {
    let index = link::get(namespace, name).await?.index;
    let message = AddressMessageBuilder::<Ipv4Addr>::new()
        .index(index)
        .address(address, prefix_length)
        .build();
    let request = namespace.handle().address().del(message);
    request.execute().await.map_err(|e| {
        let space = namespace.name();
        let action = format!("remove address {address}/{prefix_length} from {name} in {space}");
        failed(&action, e)
    })
}
