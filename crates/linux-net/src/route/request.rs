//! One synchronous netlink request and its answer.

use std::io;

use netlink_packet_core::{NLM_F_REQUEST, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

use crate::Error;

/// Larger than any single answer: a link's message has a few kilobytes.
const ANSWER_BYTES: usize = 32 * 1024;

/// A netlink socket for requests, one at a time.
#[derive(Debug)]
pub(super) struct Requests {
    socket: Socket,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Requests {
    pub(super) fn open() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Self {
            socket,
            sequence: 0,
            buffer: Vec::with_capacity(ANSWER_BYTES),
        })
    }

    /// Asks for one thing. The inner error is what the kernel says of the thing.
    pub(super) fn ask(
        &mut self,
        action: &str,
        request: RouteNetlinkMessage,
    ) -> Result<io::Result<RouteNetlinkMessage>, Error> {
        let fail = |e| Error::system(action, e);
        self.sequence = self.sequence.wrapping_add(1);
        let mut message = NetlinkMessage::from(request);
        message.header.flags = NLM_F_REQUEST;
        message.header.sequence_number = self.sequence;
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        self.socket.send(&bytes, 0).map_err(fail)?;
        loop {
            self.buffer.clear();
            let length = self.socket.recv(&mut self.buffer, 0).map_err(fail)?;
            let bytes = self.buffer.get(..length).unwrap_or_default();
            let odd = |text: String| Error::Answer {
                action: action.to_owned(),
                text,
            };
            let answer = NetlinkMessage::<RouteNetlinkMessage>::deserialize(bytes)
                .map_err(|e| odd(e.to_string()))?;
            if answer.header.sequence_number != self.sequence {
                continue; // left over from a request that failed half-way
            }
            return match answer.payload {
                NetlinkPayload::InnerMessage(inner) => Ok(Ok(inner)),
                NetlinkPayload::Error(e) => Ok(Err(e.to_io())),
                other => Err(odd(format!("{other:?}"))),
            };
        }
    }
}
