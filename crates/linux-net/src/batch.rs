//! Many requests to one namespace: dozens of them in a system call, and none waits for another's answer.
//!
//! What the other modules do one request at a time is made of a question (which index has this name?), a
//! request, and an answer, each with a change of task. A lab of a hundred sites is made of some ten
//! thousand. Here whoever makes a link says which index it is to have, so nothing has to be asked.

use std::net::Ipv4Addr;

use netlink_packet_core::{
    ErrorMessage, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST,
    NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::LinkMessage;
use netlink_packet_route::neighbour::{
    NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState,
};
use netlink_packet_route::{AddressFamily, route};
use netlink_sys::Socket;
use netlink_sys::protocols::NETLINK_ROUTE;
use rtnetlink::{AddressMessageBuilder, LinkUnspec, RouteMessageBuilder};
use wire::MacAddr;

use crate::Error;
use crate::interface::valid_name;
use crate::link::{BridgeConfig, VethEnd, bridge_message, veth_message};
use crate::namespace::Namespace;
use crate::netlink::failed;

/// Requests in one system call. Were all refused, their answers would still fit the socket.
const AT_ONCE: usize = 100;
/// Room for an answer: the header of the request, and the kernel's words.
const ANSWER: usize = 4096;

/// The first index that a link of a lab gets: some kernels give each namespace a few tunnels of its own,
/// numbered from 2.
pub const FIRST_INDEX: u32 = 1000;

/// Requests that wait to be sent.
#[derive(Debug, Default)]
pub struct Batch {
    requests: Vec<Request>,
}

#[derive(Debug)]
struct Request {
    action: String,
    message: NetlinkMessage<RouteNetlinkMessage>,
}

impl Batch {
    /// No requests yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Makes a bridge as [`link::add_bridge`](crate::link::add_bridge) does, with this index and MAC
    /// address, and up.
    ///
    /// # Errors
    /// The name is impossible.
    pub fn add_bridge(
        &mut self,
        name: &str,
        index: u32,
        mac: MacAddr,
        config: BridgeConfig,
    ) -> Result<(), Error> {
        let mut message = bridge_message(name, config)?
            .address(mac.octets().to_vec())
            .up()
            .build();
        message.header.index = index;
        self.new_link(format!("add bridge {name}"), message);
        Ok(())
    }

    /// Makes a cable between this namespace and that of `there`, in one message: no end is ever seen
    /// elsewhere. With a bridge, this end is its port and up at once; otherwise both are down.
    ///
    /// # Errors
    /// A name is impossible.
    pub fn add_veth(
        &mut self,
        here: (VethEnd<'_>, u32),
        there: (VethEnd<'_>, u32),
        bridge: Option<u32>,
    ) -> Result<(), Error> {
        let (a, b) = (here.0, there.0);
        let mut builder = veth_message(a, b, there.1)?;
        if let Some(bridge) = bridge {
            builder = builder.up().controller(bridge);
        }
        let mut message = builder.build();
        message.header.index = here.1;
        let (name, end, space) = (a.name, b.name, b.namespace.name());
        self.new_link(format!("add link {name} to {end} in {space}"), message);
        Ok(())
    }

    fn new_link(&mut self, action: String, message: LinkMessage) {
        let message = RouteNetlinkMessage::NewLink(message);
        self.push(action, message, NLM_F_CREATE | NLM_F_EXCL);
    }

    /// Sets a link up.
    ///
    /// # Errors
    /// The name is impossible.
    pub fn set_up(&mut self, name: &str) -> Result<(), Error> {
        let message = LinkUnspec::new_with_name(valid_name(name)?).up().build();
        let message = RouteNetlinkMessage::SetLink(message);
        self.push(format!("set up link {name}"), message, 0);
        Ok(())
    }

    /// Gives the link with this index an address.
    pub fn add_address(&mut self, index: u32, address: Ipv4Addr, prefix_length: u8) {
        let message = AddressMessageBuilder::<Ipv4Addr>::new()
            .index(index)
            .address(address, prefix_length)
            .build();
        let action = format!("add address {address}/{prefix_length} to link {index}");
        let message = RouteNetlinkMessage::NewAddress(message);
        self.push(action, message, NLM_F_CREATE | NLM_F_EXCL);
    }

    /// Adds a route by a gateway that is on a link of the namespace.
    pub fn add_route(&mut self, destination: Ipv4Addr, prefix_length: u8, gateway: Ipv4Addr) {
        let message: route::RouteMessage = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(destination, prefix_length)
            .gateway(gateway)
            .build();
        let action = format!("add route {destination}/{prefix_length} by {gateway}");
        let message = RouteNetlinkMessage::NewRoute(message);
        self.push(action, message, NLM_F_CREATE | NLM_F_EXCL);
    }

    /// Binds an address to a MAC address for good, or changes an entry that exists.
    pub fn add_neighbour(&mut self, index: u32, address: Ipv4Addr, mac: MacAddr) {
        let mut message = NeighbourMessage::default();
        message.header.family = AddressFamily::Inet;
        message.header.ifindex = index;
        message.header.state = NeighbourState::Permanent;
        message.attributes = vec![
            NeighbourAttribute::Destination(NeighbourAddress::Inet(address)),
            NeighbourAttribute::LinkLayerAddress(mac.octets().to_vec()),
        ];
        let action = format!("add neighbour {address} on link {index}");
        let message = RouteNetlinkMessage::NewNeighbour(message);
        self.push(action, message, NLM_F_CREATE | NLM_F_REPLACE);
    }

    fn push(&mut self, action: String, message: RouteNetlinkMessage, flags: u16) {
        let mut message = NetlinkMessage::from(message);
        message.header.flags = NLM_F_REQUEST | flags;
        self.requests.push(Request { action, message });
    }

    /// Sends all of them, in order, from inside the namespace.
    ///
    /// # Errors
    /// The first that the kernel refused. Those after it, up to a hundred, were made all the same.
    pub async fn send(self, namespace: &Namespace) -> Result<(), Error> {
        if self.is_empty() {
            return Ok(());
        }
        let space = namespace.name().to_owned();
        namespace
            .run(move || send_all(self.requests, &space))
            .await?
    }
}

fn send_all(mut requests: Vec<Request>, space: &str) -> Result<(), Error> {
    let fail = |e| Error::system(format!("configure namespace {space}"), e);
    let socket = Socket::new(NETLINK_ROUTE).map_err(fail)?;
    socket.set_ext_ack(true).map_err(fail)?;
    socket.set_cap_ack(true).map_err(fail)?;
    let mut buffer = Vec::new();
    for part in requests.chunks_mut(AT_ONCE) {
        write(part, &mut buffer);
        socket.send(&buffer, 0).map_err(fail)?;
        receive(&socket, part, space)?;
    }
    Ok(())
}

/// Writes requests one behind the other. Only the last asks for an answer: the kernel takes them in order,
/// and tells of what it refuses in any case.
fn write(part: &mut [Request], buffer: &mut Vec<u8>) {
    buffer.clear();
    let count = part.len();
    for (number, request) in (1..).zip(part) {
        let message = &mut request.message;
        message.header.sequence_number = number;
        if number as usize == count {
            message.header.flags |= NLM_F_ACK;
        }
        message.finalize();
        let (start, length) = (buffer.len(), message.buffer_len());
        buffer.resize(start + length.next_multiple_of(4), 0);
        message.serialize(&mut buffer[start..start + length]);
    }
}

/// Takes answers until that to the last request.
fn receive(socket: &Socket, part: &[Request], space: &str) -> Result<(), Error> {
    let mut refused = None;
    loop {
        let mut answer = Vec::with_capacity(ANSWER);
        socket
            .recv(&mut answer, 0)
            .map_err(|e| Error::system(format!("configure namespace {space}"), e))?;
        let (number, error) = read(&answer, space)?;
        let request = usize::try_from(number)
            .ok()
            .and_then(|n| part.get(n.checked_sub(1)?));
        if let (Some(request), Some(error)) = (request, error) {
            let action = format!("{} in {space}", request.action);
            refused.get_or_insert_with(|| failed(&action, rtnetlink::Error::NetlinkError(error)));
        }
        if number as usize == part.len() {
            return refused.map_or(Ok(()), Err);
        }
    }
}

/// The number of the request that is answered, and why it was refused.
fn read(answer: &[u8], space: &str) -> Result<(u32, Option<ErrorMessage>), Error> {
    let strange = |text: String| Error::Answer {
        action: format!("configure namespace {space}"),
        text,
    };
    let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(answer);
    let message = message.map_err(|error| strange(error.to_string()))?;
    match message.payload {
        NetlinkPayload::Error(error) => {
            let is_refused = error.code.is_some();
            Ok((message.header.sequence_number, is_refused.then_some(error)))
        }
        other => Err(strange(format!("{other:?}"))),
    }
}
