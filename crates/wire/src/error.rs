//! Why bytes could not be read, or a value not be written.

use crate::MacAddr;

/// Why received bytes are refused. [`DecodeError::name`] is stable: counters are named after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Fewer bytes than the layout needs.
    #[error("{what} is cut short: {need} bytes needed, {got} present")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Bytes that the layout needs.
        need: usize,
        /// Bytes that were there.
        got: usize,
    },
    /// A GRE version other than 0 (version 1 is PPTP, RFC 2637).
    #[error("GRE version {0} is not supported: send version 0 (RFC 2784)")]
    GreVersion(u8),
    /// GRE routing or other reserved flag bits (RFC 2784 s2.3: discard).
    #[error("GRE flags {0:#06x} ask for routing or reserved fields: send none (RFC 2784 s2.3)")]
    GreFlags(u16),
    /// A GRE checksum that does not match.
    #[error("GRE checksum is wrong: the packet was damaged on the way")]
    GreChecksum,
    /// A GRE payload other than Ethernet.
    #[error("GRE protocol {0:#06x} is not Ethernet (0x6558): check the peer's tunnel mode")]
    GreProtocol(u16),
    /// An EtherType where an 802.3 length was expected.
    #[error("{0:#06x} is an EtherType, not an 802.3 length: the frame carries no LLC")]
    NotLength(u16),
    /// The 802.3 length exceeds the frame.
    #[error("802.3 length {length} exceeds the {got} bytes that follow it")]
    FrameLength {
        /// What the length field says.
        length: u16,
        /// Bytes after the length field.
        got: usize,
    },
    /// An LLC header other than `FE FE 03`.
    #[error("LLC header {0:02x?} is not that of the OSI network layer (fe fe 03)")]
    NotOsi([u8; 3]),
    /// Hardware or protocol type, or address length, other than Ethernet and IPv4.
    #[error("ARP is not for Ethernet and IPv4: its first six bytes are {0:02x?}")]
    ArpFormat([u8; 6]),
    /// An operation that is neither ARP request or reply, nor a reverse ARP request, or one that
    /// does not belong to the frame's EtherType.
    #[error("operation {0} is not an ARP request (1) or reply (2), nor a RARP request (3)")]
    ArpOperation(u16),
    /// A sender hardware address that no station can own.
    #[error("{0} cannot be the sender of an ARP: it is a group address or zero")]
    ArpSender(MacAddr),
    /// The first byte is not the IS-IS discriminator `83`.
    #[error("{0:#04x} is not the IS-IS protocol discriminator 0x83")]
    NotIsis(u8),
    /// Protocol or PDU version other than 1.
    #[error("IS-IS version {0} is not supported: only version 1 exists (ISO 10589 s9)")]
    IsisVersion(u8),
    /// System IDs of another length than six bytes.
    #[error("system ID length {0} is not supported: configure 6 (ISO 10589 s7.1.1)")]
    IdLength(u8),
    /// More or fewer area addresses than three allowed by the sender.
    #[error("maximum area addresses {0} does not match ours, 3 (ISO 10589 s7.2.11.1)")]
    MaximumAreas(u8),
    /// A PDU type other than the level 1 ones.
    #[error("PDU type {0} is not a level 1 hello, LSP or sequence numbers PDU")]
    PduType(u8),
    /// A PDU of another kind than the caller asked for.
    #[error("PDU type {got} where {wanted} was expected")]
    OtherPdu {
        /// The type that the caller decodes.
        wanted: u8,
        /// The type in the header.
        got: u8,
    },
    /// The header length does not fit the PDU type.
    #[error("header length {got} does not fit this PDU type, which has {wanted}")]
    HeaderLength {
        /// What the PDU type demands.
        wanted: u8,
        /// What the header says.
        got: u8,
    },
    /// The PDU length is smaller than the header or greater than what was received.
    #[error("PDU length {length} does not fit: the header has {header}, {got} were received")]
    PduLength {
        /// What the PDU says.
        length: u16,
        /// Header length of this PDU type.
        header: usize,
        /// Bytes received.
        got: usize,
    },
    /// A hello for no level.
    #[error("circuit type 0 is reserved: a hello is for level 1, 2 or both (ISO 10589 s9.7)")]
    CircuitType,
    /// A TLV reaches past the end of the PDU.
    #[error("TLV {code} of length {length} reaches past the PDU, which has {got} bytes left")]
    TlvOverrun {
        /// TLV code.
        code: u8,
        /// The length that it states.
        length: u8,
        /// Bytes left in the PDU after the TLV's own two.
        got: usize,
    },
    /// A TLV's length or contents do not fit its layout.
    #[error("TLV {code} of length {length} does not follow its layout")]
    TlvFormat {
        /// TLV code.
        code: u8,
        /// The length that it states.
        length: u8,
    },
    /// A VLAN ID that frames cannot belong to.
    #[error("MAC reachability names VLAN {0}, which is reserved (IEEE 802.1Q)")]
    ReservedVlan(u16),
    /// An address that is no station's in a place for unicast addresses only.
    #[error("{0} is no unicast address: MAC reachability is for stations (RFC 6165 s2)")]
    NotStation(MacAddr),
    /// An announcement message of a version other than 1.
    #[error("announcement version {0} is not known: only version 1 exists")]
    AnnouncementVersion(u8),
    /// An announcement message for a VLAN ID that frames cannot belong to.
    #[error("an announcement for VLAN {0}, which is reserved or none (IEEE 802.1Q)")]
    AnnouncementVlan(u16),
    /// An announcement message about an address that no station can own.
    #[error("{0} cannot be announced: it is a group address or zero")]
    AnnouncementStation(MacAddr),
}

impl DecodeError {
    /// A stable kebab-case name, for counters and for JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "truncated",
            Self::GreVersion(_) => "gre-version",
            Self::GreFlags(_) => "gre-flags",
            Self::GreChecksum => "gre-checksum",
            Self::GreProtocol(_) => "gre-protocol",
            Self::NotLength(_) => "not-length",
            Self::FrameLength { .. } => "frame-length",
            Self::NotOsi(_) => "not-osi",
            Self::ArpFormat(_) => "arp-format",
            Self::ArpOperation(_) => "arp-operation",
            Self::ArpSender(_) => "arp-sender",
            Self::NotIsis(_) => "not-isis",
            Self::IsisVersion(_) => "isis-version",
            Self::IdLength(_) => "id-length",
            Self::MaximumAreas(_) => "maximum-areas",
            Self::PduType(_) => "pdu-type",
            Self::OtherPdu { .. } => "other-pdu",
            Self::HeaderLength { .. } => "header-length",
            Self::PduLength { .. } => "pdu-length",
            Self::CircuitType => "circuit-type",
            Self::TlvOverrun { .. } => "tlv-overrun",
            Self::TlvFormat { .. } => "tlv-format",
            Self::ReservedVlan(_) => "reserved-vlan",
            Self::NotStation(_) => "not-station",
            Self::AnnouncementVersion(_) => "announcement-version",
            Self::AnnouncementVlan(_) => "announcement-vlan",
            Self::AnnouncementStation(_) => "announcement-station",
        }
    }
}

/// Why a value cannot be written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The caller's buffer is too small.
    #[error("{need} bytes do not fit into a buffer of {got}: give a larger one")]
    Buffer {
        /// Bytes to be written.
        need: usize,
        /// Bytes in the buffer.
        got: usize,
    },
    /// A TLV value above 255 bytes.
    #[error("TLV {code} would be {length} bytes long, above 255: split it into several")]
    TlvLength {
        /// TLV code.
        code: u8,
        /// Length of the value.
        length: usize,
    },
    /// A PDU or payload longer than its length field can say.
    #[error("{length} bytes exceed the greatest length, {limit}: split the contents")]
    PduLength {
        /// Length that was asked for.
        length: usize,
        /// Greatest length.
        limit: usize,
    },
    /// A wide metric above 24 bits.
    #[error("metric {0} is above 16777215 (RFC 5305 s3)")]
    Metric(u32),
    /// An address that is no station's where only unicast addresses may be.
    #[error("{0} is no unicast address: MAC reachability is for stations (RFC 6165 s2)")]
    NotStation(MacAddr),
    /// Nothing to sign.
    #[error("no level 1 PDU with room for a HMAC-MD5 digest: put Authentication::blank() into it")]
    NoAuthentication,
}
