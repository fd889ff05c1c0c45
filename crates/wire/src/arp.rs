//! What an ARP or RARP packet says about its sender, and the ones that a device makes itself
//! (RFC 826, RFC 903, RFC 5227).
//!
//! ```text
//! 0-1    hardware 0001            8-13   sender hardware address
//! 2-3    protocol 0800           14-17   sender IPv4 address
//! 4, 5   lengths 6, 4            18-23   target hardware address
//! 6-7    operation               24-27   target IPv4 address
//! ```

use core::fmt;
use core::net::Ipv4Addr;

use etherparse::EtherType;

use crate::octets::Octets;
use crate::{DecodeError, FrameRef, LengthOrType, MacAddr, RARP};

/// Bytes of the packet; what follows in the frame is padding.
pub const LEN: usize = 28;
/// Bytes of a frame made here: the least that Ethernet carries, without frame check sequence.
pub const FRAME_LEN: usize = 60;

const FORMAT: [u8; 6] = [0, 1, 8, 0, 6, 4];
const REQUEST: u16 = 1;
const REPLY: u16 = 2;
const REVERSE_REQUEST: u16 = 3;
const PACKET_START: usize = 14;

/// The kinds of packet that mobility tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArpKind {
    /// Request for the sender's own address, target hardware address not zero.
    GratuitousRequest,
    /// Reply about the sender's own address.
    GratuitousReply,
    /// Request for the sender's own address, target hardware address zero (RFC 5227 s2.3).
    Announcement,
    /// Request from 0.0.0.0: the address is not in use yet, so nothing may be learnt (RFC 5227 s2.1).
    Probe,
    /// Reverse request: hypervisors announce a MAC by it. It says nothing about IP.
    Rarp,
    /// Any other request.
    Request,
    /// Any other reply.
    Reply,
}

impl ArpKind {
    /// A stable kebab-case name, for counters and events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GratuitousRequest => "gratuitous-request",
            Self::GratuitousReply => "gratuitous-reply",
            Self::Announcement => "announcement",
            Self::Probe => "probe",
            Self::Rarp => "rarp",
            Self::Request => "request",
            Self::Reply => "reply",
        }
    }

    /// Whether the packet announces where its sender is: the trigger of R-4.
    #[must_use]
    pub const fn announces(self) -> bool {
        match self {
            Self::GratuitousRequest | Self::GratuitousReply | Self::Announcement | Self::Rarp => {
                true
            }
            Self::Probe | Self::Request | Self::Reply => false,
        }
    }

    const fn of(operation: u16, sender: Ipv4Addr, target: Ipv4Addr, target_mac: MacAddr) -> Self {
        let own = sender.to_bits() == target.to_bits();
        let blank = matches!(target_mac.octets(), [0, 0, 0, 0, 0, 0]);
        match (operation, sender.is_unspecified(), own) {
            (REQUEST, true, _) => Self::Probe,
            (REQUEST, _, true) if blank => Self::Announcement,
            (REQUEST, _, true) => Self::GratuitousRequest,
            (REQUEST, _, false) => Self::Request,
            (REPLY, false, true) => Self::GratuitousReply,
            (REPLY, _, _) => Self::Reply,
            _ => Self::Rarp,
        }
    }
}

/// An ARP or RARP packet for Ethernet and IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpPacket {
    /// What it is.
    pub kind: ArpKind,
    /// The sender's address; always a station's. It may differ from the source of the frame.
    pub sender_mac: MacAddr,
    /// The sender's IPv4 address; 0.0.0.0 in probes and in most RARPs.
    pub sender_ip: Ipv4Addr,
    /// Target hardware address.
    pub target_mac: MacAddr,
    /// Target IPv4 address.
    pub target_ip: Ipv4Addr,
}

impl ArpPacket {
    /// Reads the packet of a frame; `None` if the frame carries neither ARP nor RARP.
    #[must_use]
    pub fn from_frame(frame: &FrameRef<'_>) -> Option<Result<Self, DecodeError>> {
        let operations = match frame.ether_type() {
            LengthOrType::EtherType(EtherType::ARP) => REQUEST..=REPLY,
            LengthOrType::EtherType(RARP) => REVERSE_REQUEST..=REVERSE_REQUEST,
            _ => return None,
        };
        Some(Self::decode(frame.data(), &operations))
    }

    fn decode(
        bytes: &[u8],
        operations: &core::ops::RangeInclusive<u16>,
    ) -> Result<Self, DecodeError> {
        let mut octets = Octets::new("ARP packet", bytes);
        let format = octets.array()?;
        if format != FORMAT {
            return Err(DecodeError::ArpFormat(format));
        }
        let operation = octets.u16()?;
        let sender_mac = MacAddr::new(octets.array()?);
        let sender_ip = Ipv4Addr::from(octets.u32()?);
        let target_mac = MacAddr::new(octets.array()?);
        let target_ip = Ipv4Addr::from(octets.u32()?);
        if !operations.contains(&operation) {
            return Err(DecodeError::ArpOperation(operation));
        }
        if !sender_mac.is_station() {
            return Err(DecodeError::ArpSender(sender_mac));
        }
        Ok(Self {
            kind: ArpKind::of(operation, sender_ip, target_ip, target_mac),
            sender_mac,
            sender_ip,
            target_mac,
            target_ip,
        })
    }

    /// The IPv4 address that the sender claims as its own; `None` in probes and RARPs.
    #[must_use]
    pub fn claimed_ip(&self) -> Option<Ipv4Addr> {
        match self.kind {
            ArpKind::Probe | ArpKind::Rarp => None,
            _ => Some(self.sender_ip).filter(|ip| !ip.is_unspecified()),
        }
    }
}

impl fmt::Display for ArpPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, mac, ip) = (self.kind.name(), self.sender_mac, self.sender_ip);
        write!(f, "{kind} of {mac} {ip} for {}", self.target_ip)
    }
}

/// A gratuitous ARP request for `mac` at `ip`: untagged broadcast, padded with zeros.
///
/// Its target hardware address is zero, so that it is an announcement of RFC 5227, too.
#[must_use]
pub fn encode_gratuitous_request(mac: MacAddr, ip: Ipv4Addr) -> [u8; FRAME_LEN] {
    let (ether_type, none) = (EtherType::ARP, MacAddr::ZERO);
    broadcast(ether_type, REQUEST, (mac, ip), (none, ip))
}

/// A RARP request for `mac` as hypervisors send it: untagged broadcast, padded with zeros.
#[must_use]
pub fn encode_rarp(mac: MacAddr) -> [u8; FRAME_LEN] {
    let itself = (mac, Ipv4Addr::UNSPECIFIED);
    broadcast(RARP, REVERSE_REQUEST, itself, itself)
}

/// An ARP probe of `mac` for `ip` (RFC 5227 s2.1.1): untagged broadcast, padded with zeros. It
/// announces nothing.
#[must_use]
pub fn encode_probe(mac: MacAddr, ip: Ipv4Addr) -> [u8; FRAME_LEN] {
    let sender = (mac, Ipv4Addr::UNSPECIFIED);
    broadcast(EtherType::ARP, REQUEST, sender, (MacAddr::ZERO, ip))
}

/// The answer of `owner` to a request of `asker`, each with its address: untagged, from the one to the
/// other, padded with zeros (RFC 826).
#[must_use]
pub fn encode_reply(owner: (MacAddr, Ipv4Addr), asker: (MacAddr, Ipv4Addr)) -> [u8; FRAME_LEN] {
    let mut frame = broadcast(EtherType::ARP, REPLY, owner, asker);
    frame[..6].copy_from_slice(&asker.0.octets());
    frame
}

fn broadcast(
    ether_type: EtherType,
    operation: u16,
    sender: (MacAddr, Ipv4Addr),
    target: (MacAddr, Ipv4Addr),
) -> [u8; FRAME_LEN] {
    let mut frame = [0; FRAME_LEN];
    frame[..6].copy_from_slice(&MacAddr::BROADCAST.octets());
    frame[6..12].copy_from_slice(&sender.0.octets());
    frame[12..PACKET_START].copy_from_slice(&ether_type.0.to_be_bytes());
    let packet = &mut frame[PACKET_START..];
    packet[..6].copy_from_slice(&FORMAT);
    packet[6..8].copy_from_slice(&operation.to_be_bytes());
    for (start, (mac, ip)) in [(8, sender), (18, target)] {
        packet[start..start + 6].copy_from_slice(&mac.octets());
        packet[start + 6..start + 10].copy_from_slice(&ip.octets());
    }
    frame
}

#[cfg(test)]
mod tests;
