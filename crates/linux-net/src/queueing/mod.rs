//! Queueing disciplines of a link, for impairments: a class for each source, and `netem` in it.
//!
//! ```text
//! prio 1:         sorts packets, no more
//!   1:1           what no filter names
//!   1:2 .. 1:16   what comes from one address  (u32)
//!     netem 12: .. 20: (hexadecimal)
//! ```

mod netem;
mod request;
#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;

use futures_util::StreamExt;
use netlink_packet_core::{NLM_F_DUMP, NetlinkPayload};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::tc::{TcAttribute, TcMessage, TcStats2};

use crate::Error;
use crate::link;
use crate::namespace::Namespace;
use crate::netlink::failed;
pub use netem::{NetemLoss, NetemOptions};
pub(crate) use request::ask;
pub(crate) use request::{Existing, message, options};
use request::{TCA_OPTIONS, handle};

/// The greatest number of sources that are told apart at one link (`TCQ_PRIO_BANDS`, less the class of all
/// others).
pub const SOURCES: u16 = 15;

/// The class of one source, from 0 to [`SOURCES`] - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceClass(pub u16);

impl SourceClass {
    /// As a class of `prio`: 1:1 is for all others.
    const fn minor(self) -> u16 {
        self.0 + 2
    }

    /// The handle of the discipline in it.
    const fn major(self) -> u16 {
        0x10 + self.minor()
    }
}

/// What the discipline in a class has counted since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassStatistics {
    /// Packets that went on.
    pub packets: u32,
    /// Their bytes.
    pub bytes: u64,
    /// Packets dropped, as asked or for want of room.
    pub drops: u32,
    /// Packets in it now.
    pub held: u32,
}

/// Gives a link the discipline that sorts by source. Packets of all sources pass as before.
///
/// # Errors
/// There is no such link, it has a discipline already, or the kernel has no `prio`.
pub async fn sort_by_source(namespace: &Namespace, name: &str) -> Result<(), Error> {
    let request = RouteNetlinkMessage::NewQueueDiscipline(prio(index(namespace, name).await?));
    let action = format!("give {name} the discipline prio");
    ask(namespace, &action, request, Existing::Refuse).await
}

/// Has packets from an address take a class of their own.
///
/// # Errors
/// [`sort_by_source`] was not called, or the kernel has no `u32`.
pub async fn classify(
    namespace: &Namespace,
    name: &str,
    class: SourceClass,
    source: Ipv4Addr,
) -> Result<(), Error> {
    let filter = u32_filter(index(namespace, name).await?, class, source);
    let request = RouteNetlinkMessage::NewTrafficFilter(filter);
    let action = format!("sort packets from {source} at {name}");
    ask(namespace, &action, request, Existing::Refuse).await
}

/// Impairs a class, in place of what was asked of it before.
///
/// # Errors
/// There is no such class, or the kernel has no `netem`.
pub async fn impair(
    namespace: &Namespace,
    name: &str,
    class: SourceClass,
    options: &NetemOptions,
) -> Result<(), Error> {
    let message = netem::message(index(namespace, name).await?, class, options);
    let request = RouteNetlinkMessage::NewQueueDiscipline(message);
    let action = format!("give {name} the discipline netem");
    ask(namespace, &action, request, Existing::Replace).await
}

/// Takes the discipline of a link away, with all classes.
///
/// # Errors
/// There is none, or the kernel refuses.
pub async fn clear(namespace: &Namespace, name: &str) -> Result<(), Error> {
    let request = RouteNetlinkMessage::DelQueueDiscipline(root(index(namespace, name).await?));
    let action = format!("take the discipline of {name} away");
    ask(namespace, &action, request, Existing::Refuse).await
}

/// What the discipline in a class has counted; nothing where there is none.
///
/// # Errors
/// There is no such link, or the kernel refuses.
pub async fn statistics(
    namespace: &Namespace,
    name: &str,
    class: SourceClass,
) -> Result<ClassStatistics, Error> {
    let index = index(namespace, name).await?;
    let action = format!("read what the disciplines of {name} have counted");
    let request = RouteNetlinkMessage::GetQueueDiscipline(TcMessage::with_index(index));
    let mut answers = request::send(namespace, &action, request, NLM_F_DUMP)?;
    let mut found = ClassStatistics::default();
    while let Some(answer) = answers.next().await {
        match answer.payload {
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewQueueDiscipline(message))
                if message.header.index == index
                    && message.header.handle == handle(class.major(), 0) =>
            {
                found = counted(&message);
            }
            NetlinkPayload::Error(error) if error.code.is_some() => {
                return Err(failed(&action, rtnetlink::Error::NetlinkError(error)));
            }
            _ => {}
        }
    }
    Ok(found)
}

async fn index(namespace: &Namespace, name: &str) -> Result<i32, Error> {
    let index = link::get(namespace, name).await?.index;
    i32::try_from(index).map_err(|_| Error::NoInterface(name.to_owned()))
}

fn counted(message: &TcMessage) -> ClassStatistics {
    let mut counted = ClassStatistics::default();
    for attribute in &message.attributes {
        let TcAttribute::Stats2(parts) = attribute else {
            continue;
        };
        for part in parts {
            match part {
                TcStats2::Basic(basic) => {
                    (counted.packets, counted.bytes) = (basic.packets, basic.bytes)
                }
                TcStats2::Queue(queue) => (counted.drops, counted.held) = (queue.drops, queue.qlen),
                _ => {}
            }
        }
    }
    counted
}

/// `struct tc_prio_qopt` (linux/pkt_sched.h): all priorities go to the first band.
fn prio(index: i32) -> TcMessage {
    let mut bytes = i32::from(SOURCES + 1).to_ne_bytes().to_vec();
    bytes.extend_from_slice(&[0; 16]);
    // No further options; an old form that iproute2 keeps.
    bytes.extend(request::attribute(TCA_OPTIONS, &[]));
    message(root(index), handle(1, 0), "prio", options(bytes))
}

fn root(index: i32) -> TcMessage {
    let mut message = TcMessage::with_index(index);
    message.header.parent = netlink_packet_route::tc::TcHandle::ROOT;
    message
}

/// `struct tc_u32_sel` with one key (linux/pkt_cls.h): the source address of an IPv4 header.
fn u32_filter(index: i32, class: SourceClass, source: Ipv4Addr) -> TcMessage {
    const CLASS: u16 = 1; // TCA_U32_CLASSID
    const SELECTOR: u16 = 5; // TCA_U32_SEL
    const TERMINAL: u8 = 1; // TC_U32_TERMINAL
    const SOURCE_OFFSET: i32 = 12; // RFC 791 s3.1
    const PRIORITY: u32 = 1;
    let mut selector = vec![TERMINAL, 0, 1, 0];
    selector.extend_from_slice(&[0; 12]);
    selector.extend_from_slice(&[0xff; 4]);
    selector.extend_from_slice(&source.octets());
    selector.extend_from_slice(&SOURCE_OFFSET.to_ne_bytes());
    selector.extend_from_slice(&[0; 4]);
    let class = (u32::from(1_u16) << 16) | u32::from(class.minor());
    let mut nested = request::attribute(CLASS, &class.to_ne_bytes());
    nested.extend(request::attribute(SELECTOR, &selector));
    let mut filter = TcMessage::with_index(index);
    filter.header.parent = handle(1, 0);
    filter.header.info = (PRIORITY << 16) | u32::from(0x0800_u16.to_be());
    message(filter, handle(0, 0), "u32", options(nested))
}
