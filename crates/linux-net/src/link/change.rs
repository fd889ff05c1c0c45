//! Changes of links that exist.

use std::os::fd::AsRawFd;

use netlink_packet_route::link::{LinkAttribute, LinkMessage};
use rtnetlink::{LinkMessageBuilder, LinkUnspec};
use wire::MacAddr;

use super::state::get;
use crate::Error;
use crate::interface::valid_name;
use crate::namespace::Namespace;
use crate::netlink::failed;

/// Sets a link up.
///
/// # Errors
/// There is no such link, or the kernel refuses.
pub async fn set_up(namespace: &Namespace, name: &str) -> Result<(), Error> {
    change(namespace, name, "set up", LinkMessageBuilder::up).await
}

/// Sets a link down.
///
/// # Errors
/// As [`set_up`].
pub async fn set_down(namespace: &Namespace, name: &str) -> Result<(), Error> {
    change(namespace, name, "set down", LinkMessageBuilder::down).await
}

/// Makes a link a port of a bridge, or of none.
///
/// # Errors
/// There is no such link or bridge, or the kernel refuses.
pub async fn set_master(
    namespace: &Namespace,
    name: &str,
    bridge: Option<&str>,
) -> Result<(), Error> {
    let index = match bridge {
        Some(bridge) => get(namespace, bridge).await?.index,
        None => 0,
    };
    change(namespace, name, "change the bridge of", |m| {
        m.controller(index)
    })
    .await
}

/// Changes the MTU of a link, in bytes.
///
/// # Errors
/// As [`set_up`].
pub async fn set_mtu(namespace: &Namespace, name: &str, mtu: u32) -> Result<(), Error> {
    change(namespace, name, "change the MTU of", |m| m.mtu(mtu)).await
}

/// Changes the MAC address of a link.
///
/// # Errors
/// As [`set_up`].
pub async fn set_address(namespace: &Namespace, name: &str, mac: MacAddr) -> Result<(), Error> {
    let octets = mac.octets().to_vec();
    change(namespace, name, "change the address of", |m| {
        m.address(octets)
    })
    .await
}

/// Moves a link into another namespace, as one end of a cable that is plugged in elsewhere.
///
/// It arrives **down**, in no bridge, without IP addresses; its MAC address and MTU stay. Its index
/// stays too, unless it is taken there. The other end loses carrier until it is up again. The
/// kernel takes its time for this (some 10 to 40 ms); when the future is ready it is done.
///
/// # Errors
/// There is no such link, its name is taken in the target, or the kernel refuses.
pub async fn move_to(namespace: &Namespace, name: &str, target: &Namespace) -> Result<(), Error> {
    let fd = target.fd().as_raw_fd();
    let verb = format!("move to namespace {}", target.name());
    change(namespace, name, &verb, |m| m.setns_by_fd(fd)).await
}

/// Deletes a link; of a virtual Ethernet cable both ends go.
///
/// # Errors
/// As [`set_up`].
pub async fn delete(namespace: &Namespace, name: &str) -> Result<(), Error> {
    let mut message = LinkMessage::default();
    let attribute = LinkAttribute::IfName(valid_name(name)?.to_owned());
    message.attributes.push(attribute);
    let request = namespace.handle().link().del_with_message(message);
    request
        .execute()
        .await
        .map_err(|e| failed(&format!("delete link {name} in {}", namespace.name()), e))
}

type Message = LinkMessageBuilder<LinkUnspec>;

async fn change(
    namespace: &Namespace,
    name: &str,
    verb: &str,
    build: impl FnOnce(Message) -> Message,
) -> Result<(), Error> {
    let message = build(LinkUnspec::new_with_name(valid_name(name)?)).build();
    let request = namespace.handle().link().change(message);
    request
        .execute()
        .await
        .map_err(|e| failed(&format!("{verb} link {name} in {}", namespace.name()), e))
}
