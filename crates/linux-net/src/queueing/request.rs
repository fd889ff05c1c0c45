//! Requests about disciplines and filters.

use futures_util::{Stream, StreamExt};
use netlink_packet_core::{
    DefaultNla, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST, NetlinkMessage,
    NetlinkPayload,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::tc::{TcAttribute, TcHandle, TcMessage};

use crate::Error;
use crate::namespace::Namespace;
use crate::netlink::failed;

/// `TCA_OPTIONS` (linux/rtnetlink.h).
pub(super) const TCA_OPTIONS: u16 = 2;

/// What becomes of one that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    Refuse,
    Replace,
}

pub(super) const fn handle(major: u16, minor: u16) -> TcHandle {
    TcHandle { major, minor }
}

pub(crate) fn options(bytes: Vec<u8>) -> TcAttribute {
    TcAttribute::Other(DefaultNla::new(TCA_OPTIONS, bytes))
}

pub(crate) fn message(
    mut message: TcMessage,
    handle: TcHandle,
    kind: &str,
    options: TcAttribute,
) -> TcMessage {
    message.header.handle = handle;
    message.attributes = vec![TcAttribute::Kind(kind.to_owned()), options];
    message
}

/// An attribute with its header, padded.
pub(super) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// The whole message, as it is sent.
pub(super) fn request(
    request: RouteNetlinkMessage,
    existing: Existing,
) -> NetlinkMessage<RouteNetlinkMessage> {
    let is_new = !matches!(request, RouteNetlinkMessage::DelQueueDiscipline(_));
    let mut message = NetlinkMessage::from(request);
    message.header.flags = NLM_F_REQUEST | NLM_F_ACK;
    if is_new {
        message.header.flags |= NLM_F_CREATE
            | match existing {
                Existing::Refuse => NLM_F_EXCL,
                Existing::Replace => NLM_F_REPLACE,
            };
    }
    message
}

/// Asks, and waits for the acknowledgement.
pub(crate) async fn ask(
    namespace: &Namespace,
    action: &str,
    asked: RouteNetlinkMessage,
    existing: Existing,
) -> Result<(), Error> {
    let message = request(asked, existing);
    let mut handle = namespace.handle().clone();
    let mut answers = handle.request(message).map_err(|e| failed(action, e))?;
    while let Some(answer) = answers.next().await {
        if let NetlinkPayload::Error(message) = answer.payload {
            // An acknowledgement is an error without a code.
            if message.code.is_some() {
                return Err(failed(action, rtnetlink::Error::NetlinkError(message)));
            }
        }
    }
    Ok(())
}

/// Sends a question with many answers.
pub(super) fn send(
    namespace: &Namespace,
    action: &str,
    asked: RouteNetlinkMessage,
    flags: u16,
) -> Result<impl Stream<Item = NetlinkMessage<RouteNetlinkMessage>> + use<>, Error> {
    let mut message = NetlinkMessage::from(asked);
    message.header.flags = NLM_F_REQUEST | flags;
    let mut handle = namespace.handle().clone();
    handle.request(message).map_err(|e| failed(action, e))
}
