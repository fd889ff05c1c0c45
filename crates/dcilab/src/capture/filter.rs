//! Which frames are captured, in words that tcpdump has for them.
//!
//! A small part of its language, and one thing that it lacks: a frame in a tunnel is looked at twice, as
//! it is and as what it carries. `arp` is true of an ARP request in GRE, too; `arp and not gre` is not.

use std::net::Ipv4Addr;

use etherparse::{EtherType, IpNumber, Ipv4Slice};
use topology::unknown;
use wire::{ArpPacket, FrameRef, GreHeader, LengthOrType, MacAddr, VlanId, gre};

/// Parentheses and `not` within each other.
const DEPTH: usize = 64;
/// Words of a filter.
const LENGTH: usize = 256;
/// LLC of ISO network protocols, and their number of IS-IS (ISO 10589 s9).
const ISIS: [u8; 4] = [0xfe, 0xfe, 0x03, 0x83];
const PROBE: &[u8] = b"DCIPROBE";

const WORDS: [&str; 17] = [
    "isis",
    "arp",
    "ip",
    "icmp",
    "udp",
    "tcp",
    "gre",
    "probe",
    "broadcast",
    "vlan",
    "host",
    "src",
    "dst",
    "ether",
    "and",
    "or",
    "not",
];

/// Which frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Of a kind.
    Kind(Kind),
    /// Tagged: with this VLAN, or with any.
    Vlan(Option<VlanId>),
    /// From, to, or either.
    Host(Side, HostAddresses),
    /// None of these.
    Not(Box<Filter>),
    /// All of these.
    And(Box<Filter>, Box<Filter>),
    /// Any of these.
    Or(Box<Filter>, Box<Filter>),
}

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An IS-IS PDU.
    Isis,
    /// ARP.
    Arp,
    /// IPv4.
    Ip,
    /// Of this protocol in IPv4.
    Protocol(IpNumber),
    /// One of the lab's own probes.
    Probe,
    /// Sent to all.
    Broadcast,
}

/// Whose address is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The sender's.
    Source,
    /// The receiver's.
    Destination,
    /// Either's.
    Either,
}

/// The addresses of a host: one of them is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostAddresses {
    /// Its MAC address.
    pub mac: Option<MacAddr>,
    /// Its IPv4 address.
    pub ip: Option<Ipv4Addr>,
}

/// Why a filter cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "filter: {0}. Known are isis, arp, ip, icmp, udp, tcp, gre, probe, broadcast, vlan [N], \
     [src|dst] host NAME|IP|MAC, ether [src|dst] host MAC, and, or, not and parentheses: a small part of \
     what tcpdump knows; capture more, and use `tshark -Y` on the file for the rest"
)]
pub struct FilterError(String);

impl Filter {
    /// Reads a filter; `hosts` gives the addresses of a host by its name.
    ///
    /// # Errors
    /// What is not understood, and what would be.
    pub fn parse(
        text: &str,
        hosts: impl Fn(&str) -> Result<HostAddresses, String>,
    ) -> Result<Self, FilterError> {
        let spaced = ["(", ")", "!", "&&", "||"]
            .iter()
            .fold(text.to_owned(), |text, sign| {
                text.replace(sign, &format!(" {sign} "))
            });
        let mut parser = Parser {
            words: spaced.split_whitespace().collect(),
            next: 0,
            hosts: &hosts,
        };
        if parser.words.len() > LENGTH {
            return Err(FilterError(format!("more than {LENGTH} words")));
        }
        let filter = parser.any(0)?;
        match parser.peek() {
            None => Ok(filter),
            Some(word) => Err(parser.what_is(word)),
        }
    }

    /// Whether a frame, its tag inline, is meant: it, or what it carries in a tunnel.
    #[must_use]
    pub fn takes(&self, frame: &[u8]) -> bool {
        let Ok(outer) = FrameRef::parse(frame) else {
            return false;
        };
        let inner = carried(&outer).and_then(|bytes| FrameRef::parse(bytes).ok());
        self.is_true(&outer, inner.as_ref())
    }

    fn is_true(&self, outer: &FrameRef<'_>, inner: Option<&FrameRef<'_>>) -> bool {
        match self {
            Self::Not(filter) => !filter.is_true(outer, inner),
            Self::And(a, b) => a.is_true(outer, inner) && b.is_true(outer, inner),
            Self::Or(a, b) => a.is_true(outer, inner) || b.is_true(outer, inner),
            one => one.is_true_of(outer) || inner.is_some_and(|inner| one.is_true_of(inner)),
        }
    }

    fn is_true_of(&self, frame: &FrameRef<'_>) -> bool {
        match self {
            Self::Kind(kind) => kind.is_of(frame),
            Self::Vlan(asked) => match (asked, frame.tag()) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(vlan), Some(tag)) => tag.vlan() == Some(*vlan),
            },
            Self::Host(side, host) => host.is_in(*side, frame),
            Self::Not(_) | Self::And(..) | Self::Or(..) => false,
        }
    }
}

/// The frame inside a GRE packet.
fn carried<'a>(frame: &FrameRef<'a>) -> Option<&'a [u8]> {
    let packet = packet(frame)?;
    let is_gre = packet.header().protocol() == IpNumber(gre::IP_PROTOCOL);
    // Cut short by the capture it may be: its length is that of what is there.
    let start = usize::from(packet.header().ihl()) * 4;
    let bytes = frame.data().get(start..).filter(|_| is_gre)?;
    GreHeader::decode(bytes).ok().map(|(_, frame)| frame)
}

fn packet<'a>(frame: &FrameRef<'a>) -> Option<Ipv4Slice<'a>> {
    let is_ip = frame.ether_type() == LengthOrType::EtherType(EtherType::IPV4);
    Ipv4Slice::from_slice(frame.data()).ok().filter(|_| is_ip)
}

impl Kind {
    fn is_of(self, frame: &FrameRef<'_>) -> bool {
        match self {
            Self::Isis => {
                matches!(frame.ether_type(), LengthOrType::Length(_))
                    && frame.data().starts_with(&ISIS)
            }
            Self::Arp => frame.ether_type() == LengthOrType::EtherType(EtherType::ARP),
            Self::Ip => packet(frame).is_some(),
            Self::Protocol(asked) => {
                packet(frame).is_some_and(|packet| packet.header().protocol() == asked)
            }
            Self::Probe => packet(frame).is_some_and(|packet| {
                let udp = packet.payload().payload;
                packet.header().protocol() == IpNumber::UDP
                    && udp
                        .get(8..)
                        .is_some_and(|payload| payload.starts_with(PROBE))
            }),
            Self::Broadcast => frame.dst() == MacAddr::BROADCAST,
        }
    }
}

impl HostAddresses {
    fn is_in(self, side: Side, frame: &FrameRef<'_>) -> bool {
        let arp = ArpPacket::from_frame(frame).and_then(Result::ok);
        let packet = packet(frame);
        let header = packet.as_ref().map(|packet| packet.header());
        let from = header.as_ref().map(|header| header.source_addr());
        let from = from.or(arp.as_ref().map(|arp| arp.sender_ip));
        let to = header.as_ref().map(|header| header.destination_addr());
        let to = to.or(arp.as_ref().map(|arp| arp.target_ip));
        let is = |mac: MacAddr, ip: Option<Ipv4Addr>| {
            self.mac == Some(mac) || (self.ip.is_some() && self.ip == ip)
        };
        match side {
            Side::Source => is(frame.src(), from),
            Side::Destination => is(frame.dst(), to),
            Side::Either => is(frame.src(), from) || is(frame.dst(), to),
        }
    }
}

struct Parser<'t, H> {
    words: Vec<&'t str>,
    next: usize,
    hosts: &'t H,
}

impl<'t, H: Fn(&str) -> Result<HostAddresses, String>> Parser<'t, H> {
    fn peek(&self) -> Option<&'t str> {
        self.words.get(self.next).copied()
    }

    fn take(&mut self, words: &[&str]) -> bool {
        let is_there = self.peek().is_some_and(|word| words.contains(&word));
        self.next += usize::from(is_there);
        is_there
    }

    fn word(&mut self, what: &str) -> Result<&'t str, FilterError> {
        let word = self.peek();
        self.next += 1;
        word.ok_or_else(|| FilterError(format!("{what} is missing at the end")))
    }

    fn any(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let mut filter = self.all(depth)?;
        while self.take(&["or", "||"]) {
            filter = Filter::Or(Box::new(filter), Box::new(self.all(depth)?));
        }
        Ok(filter)
    }

    fn all(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let mut filter = self.one(depth)?;
        while self.take(&["and", "&&"]) {
            filter = Filter::And(Box::new(filter), Box::new(self.one(depth)?));
        }
        Ok(filter)
    }

    fn one(&mut self, depth: usize) -> Result<Filter, FilterError> {
        if depth > DEPTH {
            return Err(FilterError(format!(
                "more than {DEPTH} parentheses and `not`"
            )));
        }
        if self.take(&["not", "!"]) {
            return Ok(Filter::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.take(&["("]) {
            let filter = self.any(depth + 1)?;
            return match self.take(&[")"]) {
                true => Ok(filter),
                false => Err(FilterError("a parenthesis is not closed".to_owned())),
            };
        }
        let word = self.word("a kind of frame")?;
        Ok(Filter::Kind(match word {
            "isis" => Kind::Isis,
            "arp" => Kind::Arp,
            "ip" if self.take(&["host"]) => return self.host(Side::Either),
            "ip" => Kind::Ip,
            "icmp" => Kind::Protocol(IpNumber::ICMP),
            "udp" => Kind::Protocol(IpNumber::UDP),
            "tcp" => Kind::Protocol(IpNumber::TCP),
            "gre" => Kind::Protocol(IpNumber(gre::IP_PROTOCOL)),
            "probe" => Kind::Probe,
            "broadcast" => Kind::Broadcast,
            "vlan" => return self.vlan(),
            "ether" => return self.ether(),
            "host" => return self.host(Side::Either),
            "src" | "dst" => {
                self.take(&["host"]);
                return self.host(side(word));
            }
            other => return Err(self.what_is(other)),
        }))
    }

    fn vlan(&mut self) -> Result<Filter, FilterError> {
        let Some(number) = self.peek().and_then(|word| word.parse().ok()) else {
            return Ok(Filter::Vlan(None));
        };
        self.next += 1;
        let vlan = VlanId::new(number);
        vlan.map(|vlan| Filter::Vlan(Some(vlan)))
            .map_err(|_| FilterError(format!("there is no VLAN {number}: they go from 1 to 4094")))
    }

    fn ether(&mut self) -> Result<Filter, FilterError> {
        let word = self.word("`host`, `src` or `dst` after `ether`")?;
        let side = match word {
            "host" => Side::Either,
            "src" | "dst" => side(word),
            "broadcast" => return Ok(Filter::Kind(Kind::Broadcast)),
            other => return Err(self.what_is(other)),
        };
        self.take(&["host"]);
        let mac = self.word("a MAC address")?;
        let parsed = mac
            .parse()
            .map_err(|_| FilterError(format!("`{mac}` is no MAC address, as 02:00:00:00:00:01")))?;
        let host = HostAddresses {
            mac: Some(parsed),
            ip: None,
        };
        Ok(Filter::Host(side, host))
    }

    fn host(&mut self, side: Side) -> Result<Filter, FilterError> {
        let name = self.word("a host")?;
        let none = HostAddresses {
            mac: None,
            ip: None,
        };
        let host = match (name.parse(), name.parse()) {
            (Ok(ip), _) => HostAddresses {
                ip: Some(ip),
                ..none
            },
            (_, Ok(mac)) => HostAddresses {
                mac: Some(mac),
                ..none
            },
            _ => (self.hosts)(name).map_err(FilterError)?,
        };
        Ok(Filter::Host(side, host))
    }

    fn what_is(&self, word: &str) -> FilterError {
        let near = unknown("word", word, WORDS);
        let near = near.split(": there are").next().unwrap_or_default();
        FilterError(near.to_owned())
    }
}

fn side(word: &str) -> Side {
    match word {
        "src" => Side::Source,
        _ => Side::Destination,
    }
}

#[cfg(test)]
mod tests;
