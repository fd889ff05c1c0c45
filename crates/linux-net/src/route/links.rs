//! Interfaces as they are now, by name, through a socket that stays open.

use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkLayerType, LinkMessage};
use wire::MacAddr;

use super::request::Requests;
use crate::Error;
use crate::interface::{Interface, valid_name};

/// An interface, and whether frames can leave through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkState {
    /// The interface.
    pub interface: Interface,
    /// It is up and has carrier (`IFF_RUNNING`).
    pub is_running: bool,
}

/// The interfaces of the namespace that this was opened in.
///
/// Unlike [`interface::lookup`](crate::interface::lookup) it opens nothing when it is asked, so that a
/// process that can open nothing any more can still follow its interfaces.
#[derive(Debug)]
pub struct Links(Requests);

impl Links {
    /// Opens a netlink socket in the namespace of the calling thread.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn open() -> Result<Self, Error> {
        let requests = Requests::open();
        Ok(Self(requests.map_err(|e| {
            Error::system("open a netlink socket for interfaces", e)
        })?))
    }

    /// The interface of this name as it is now; `None` when there is none.
    ///
    /// # Errors
    /// The name is impossible, or the kernel refuses.
    pub fn state(&mut self, name: &str) -> Result<Option<LinkState>, Error> {
        let mut message = LinkMessage::default();
        let attribute = LinkAttribute::IfName(valid_name(name)?.to_owned());
        message.attributes.push(attribute);
        let action = format!("look up interface {name}");
        match self.0.ask(&action, RouteNetlinkMessage::GetLink(message))? {
            Ok(RouteNetlinkMessage::NewLink(link)) => Ok(Some(state_of(name, &link))),
            Ok(other) => Err(Error::Answer {
                action,
                text: format!("{other:?}"),
            }),
            Err(e) if e.raw_os_error() == Some(libc::ENODEV) => Ok(None),
            Err(e) => Err(Error::system(action, e)),
        }
    }
}

fn state_of(name: &str, link: &LinkMessage) -> LinkState {
    let is_ethernet = link.header.link_layer_type == LinkLayerType::Ether;
    let (mut mac, mut mtu) = (MacAddr::ZERO, 0);
    for attribute in &link.attributes {
        match attribute {
            LinkAttribute::Address(bytes) if is_ethernet => {
                mac = MacAddr::from_slice(bytes).unwrap_or_default();
            }
            LinkAttribute::Mtu(bytes) => mtu = *bytes,
            _ => {}
        }
    }
    let running = LinkFlags::Up | LinkFlags::Running;
    LinkState {
        interface: Interface {
            index: link.header.index,
            name: name.to_owned(),
            mac,
            mtu,
        },
        is_running: link.header.flags.contains(running),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface;

    #[test]
    fn a_link_is_told_as_a_lookup_tells_it_and_a_missing_one_is_none() {
        let mut links = Links::open().unwrap();
        let lo = links.state("lo").unwrap().unwrap();
        assert_eq!(lo.interface, interface::lookup("lo").unwrap());
        assert_eq!(links.state("no-such-link").unwrap(), None);
        assert!(links.state("a/b").is_err());
    }
}
