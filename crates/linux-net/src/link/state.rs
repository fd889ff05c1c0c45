//! What the kernel says of a link.

use futures_util::StreamExt;
use netlink_packet_route::link::{
    BridgePortState, InfoBridgePort, InfoPortData, LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
    State,
};
use wire::MacAddr;

use crate::Error;
use crate::interface::valid_name;
use crate::namespace::Namespace;
use crate::netlink::failed;

/// The operational state of a link (RFC 2863 s3.1.14), as far as a lab tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oper {
    /// Frames pass.
    Up,
    /// No frames pass: down, or the other end is.
    Down,
    /// The kernel does not say; the loopback interface never does.
    Unknown,
}

/// The state of a port of a bridge (IEEE 802.1Q-2018 s8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BridgePort {
    /// Neither learns nor forwards.
    Disabled,
    /// On its way to forwarding: listening, learning or blocking.
    NotYet,
    /// Learns and forwards.
    Forwarding,
}

/// A link, as it was when it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its index in its namespace.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its MAC address.
    pub mac: MacAddr,
    /// Its MTU, in bytes.
    pub mtu: u32,
    /// Whether it was set up.
    pub is_up: bool,
    /// Whether the other end is there and up.
    pub has_carrier: bool,
    /// Whether somebody has it take all frames, whoever they are for, as a packet ring does.
    pub is_promiscuous: bool,
    /// Whether frames pass.
    pub oper: Oper,
    /// The index of its bridge.
    pub master: Option<u32>,
    /// Its state as a port of that bridge.
    pub bridge_port: Option<BridgePort>,
}

/// A link by its name.
///
/// # Errors
/// There is none, or the kernel refuses.
pub async fn get(namespace: &Namespace, name: &str) -> Result<Link, Error> {
    find(namespace, name)
        .await?
        .ok_or_else(|| Error::NoInterface(name.to_owned()))
}

/// A link by its name; `None` when there is none.
///
/// # Errors
/// The kernel refuses.
pub async fn find(namespace: &Namespace, name: &str) -> Result<Option<Link>, Error> {
    let request = namespace
        .handle()
        .link()
        .get()
        .match_name(valid_name(name)?);
    let mut answers = request.execute();
    match answers.next().await {
        None => Ok(None),
        Some(Ok(message)) => Ok(Some(read(&message))),
        Some(Err(rtnetlink::Error::NetlinkError(e)))
            if e.to_io().raw_os_error() == Some(libc::ENODEV) =>
        {
            Ok(None)
        }
        Some(Err(e)) => {
            let action = format!("look up link {name} in {}", namespace.name());
            Err(failed(&action, e))
        }
    }
}

fn read(message: &LinkMessage) -> Link {
    let flags = message.header.flags;
    let mut link = Link {
        index: message.header.index,
        name: String::new(),
        mac: MacAddr::ZERO,
        mtu: 0,
        is_up: flags.contains(LinkFlags::Up),
        has_carrier: flags.contains(LinkFlags::LowerUp),
        is_promiscuous: false,
        oper: Oper::Unknown,
        master: None,
        bridge_port: None,
    };
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name.clone_from(name),
            LinkAttribute::Address(bytes) => {
                link.mac = MacAddr::from_slice(bytes).unwrap_or_default();
            }
            LinkAttribute::Mtu(mtu) => link.mtu = *mtu,
            LinkAttribute::Promiscuity(count) => link.is_promiscuous = *count > 0,
            LinkAttribute::OperState(state) => link.oper = oper(*state),
            LinkAttribute::Controller(index) => link.master = Some(*index),
            LinkAttribute::LinkInfo(infos) => link.bridge_port = bridge_port(infos),
            _ => {}
        }
    }
    link
}

fn oper(state: State) -> Oper {
    match state {
        State::Up => Oper::Up,
        State::Unknown => Oper::Unknown,
        _ => Oper::Down,
    }
}

fn bridge_port(infos: &[LinkInfo]) -> Option<BridgePort> {
    infos.iter().find_map(|info| match info {
        LinkInfo::PortData(InfoPortData::BridgePort(data)) => {
            data.iter().find_map(|item| match item {
                InfoBridgePort::State(BridgePortState::Forwarding) => Some(BridgePort::Forwarding),
                InfoBridgePort::State(BridgePortState::Disabled) => Some(BridgePort::Disabled),
                InfoBridgePort::State(_) => Some(BridgePort::NotYet),
                _ => None,
            })
        }
        _ => None,
    })
}
