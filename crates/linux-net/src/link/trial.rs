//! What kinds of links and queueing disciplines this kernel has: tried, for nothing else tells.
//!
//! A kernel that has a kind as a module may load it now, as it would for whoever uses it.

use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{
    InfoData, InfoKind, InfoVlan, InfoVxlan, LinkAttribute, LinkInfo, LinkMessage,
};
use netlink_packet_route::tc::{TcHandle, TcMessage};

use super::state::get;
use crate::Error;
use crate::interface::valid_name;
use crate::namespace::Namespace;
use crate::netlink::failed;
use crate::queueing::{self, Existing};

/// A kind of link that no lab of this project needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialKind {
    /// A link that takes frames and forgets them.
    Dummy,
    /// A VLAN of another link (IEEE 802.1Q).
    Vlan,
    /// Ethernet in UDP (RFC 7348).
    Vxlan,
    /// Ethernet in GRE, by the kernel.
    GreTap,
}

/// Makes a link of a kind, over the link `lower` where the kind needs one.
///
/// # Errors
/// A name is impossible, `lower` is not there, or the kernel has no such kind.
pub async fn try_kind(
    namespace: &Namespace,
    name: &str,
    kind: TrialKind,
    lower: &str,
) -> Result<(), Error> {
    let mut message = LinkMessage::default();
    let attributes = &mut message.attributes;
    attributes.push(LinkAttribute::IfName(valid_name(name)?.to_owned()));
    let info = match kind {
        TrialKind::Dummy => vec![LinkInfo::Kind(InfoKind::Dummy)],
        TrialKind::GreTap => vec![LinkInfo::Kind(InfoKind::GreTap)],
        TrialKind::Vlan => {
            attributes.push(LinkAttribute::Link(get(namespace, lower).await?.index));
            let data = InfoData::Vlan(vec![InfoVlan::Id(1)]);
            vec![LinkInfo::Kind(InfoKind::Vlan), LinkInfo::Data(data)]
        }
        TrialKind::Vxlan => {
            let data = InfoData::Vxlan(vec![InfoVxlan::Id(1), InfoVxlan::Port(4789)]);
            vec![LinkInfo::Kind(InfoKind::Vxlan), LinkInfo::Data(data)]
        }
    };
    attributes.push(LinkAttribute::LinkInfo(info));
    let request = namespace.handle().link().add(message);
    let action = format!("add a link of the kind {kind:?}");
    request.execute().await.map_err(|e| failed(&action, e))
}

/// Gives a link the queueing discipline `netem`, which impairs nothing yet.
///
/// # Errors
/// There is no such link, or the kernel has no `netem`.
pub async fn try_netem(namespace: &Namespace, name: &str) -> Result<(), Error> {
    let index = get(namespace, name).await?.index;
    let mut root = TcMessage::with_index(i32::try_from(index).unwrap_or(0));
    root.header.parent = TcHandle::ROOT;
    // `struct tc_netem_qopt`: latency, limit, loss, gap, duplicate, jitter.
    let nothing = [0_u32, 1000, 0, 0, 0, 0].map(u32::to_ne_bytes).concat();
    let netem = queueing::message(root, TcHandle::UNSPEC, "netem", queueing::options(nothing));
    let request = RouteNetlinkMessage::NewQueueDiscipline(netem);
    let action = format!("give {name} the discipline netem");
    queueing::ask(namespace, &action, request, Existing::Refuse).await
}
