//! TLVs as values, each code with its layout (IANA "IS-IS TLV Codepoints").

use std::net::Ipv4Addr;

use crate::{DecodeError, EncodeError};

use super::{
    AreaAddress, Authentication, IsNeighbor, LspEntry, MacReachability, PurgeOriginator,
    ThreeWayAdjacency, TlvRef,
};

/// Code points.
pub(super) mod code {
    pub(crate) const AREA_ADDRESSES: u8 = 1;
    pub(crate) const PADDING: u8 = 8;
    pub(crate) const LSP_ENTRIES: u8 = 9;
    pub(crate) const AUTHENTICATION: u8 = 10;
    pub(crate) const PURGE_ORIGINATOR: u8 = 13;
    pub(crate) const EXTENDED_IS_REACHABILITY: u8 = 22;
    pub(crate) const PROTOCOLS_SUPPORTED: u8 = 129;
    pub(crate) const IPV4_INTERFACE_ADDRESSES: u8 = 132;
    pub(crate) const HOST_NAME: u8 = 137;
    pub(crate) const MAC_REACHABILITY: u8 = 147;
    pub(crate) const THREE_WAY_ADJACENCY: u8 = 240;
}

/// Code and length of every TLV.
const HEADER_LEN: usize = 2;

/// A TLV kept byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawTlv {
    /// Code.
    pub code: u8,
    /// Value, at most 255 bytes.
    pub value: Vec<u8>,
}

/// A TLV. What is not known or not well formed is kept byte for byte and written back as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tlv {
    /// 1: areas that the sender belongs to.
    AreaAddresses(Vec<AreaAddress>),
    /// 8: bytes without a meaning, to prove the MTU.
    Padding(Vec<u8>),
    /// 9: what a sequence numbers PDU lists; at most [`LspEntry::MAX_PER_TLV`].
    LspEntries(Vec<LspEntry>),
    /// 10: authentication, carried unverified: see [`super::authentication`].
    Authentication(Authentication),
    /// 13: who took an LSP out (RFC 6232 s3).
    PurgeOriginator(PurgeOriginator),
    /// 22: neighbours with wide metrics (RFC 5305 s3).
    ExtendedIsReachability(Vec<IsNeighbor>),
    /// 129: network layer protocols, see [`super::nlpid`] (RFC 1195).
    ProtocolsSupported(Vec<u8>),
    /// 132: addresses of the sending interface or system (RFC 1195).
    Ipv4InterfaceAddresses(Vec<Ipv4Addr>),
    /// 137: the sender's host name, printable ASCII (RFC 5301).
    HostName(String),
    /// 147: MACs behind the sender (RFC 6165 s2).
    MacReachability(MacReachability),
    /// 240: three-way handshake (RFC 5303).
    ThreeWayAdjacency(ThreeWayAdjacency),
    /// A code that is not known here.
    Unknown(RawTlv),
    /// A known code whose value does not follow its layout. Never interpreted (RFC 8918 s3).
    Malformed {
        /// The bytes.
        raw: RawTlv,
        /// What is wrong with them.
        error: DecodeError,
    },
}

impl Tlv {
    /// Reads one TLV. Bad contents give [`Tlv::Malformed`].
    #[must_use]
    pub fn decode(tlv: TlvRef<'_>) -> Self {
        let raw = || RawTlv {
            code: tlv.code,
            value: tlv.value.to_vec(),
        };
        let value = match tlv.code {
            code::AREA_ADDRESSES => AreaAddress::decode_all(tlv).map(Self::AreaAddresses),
            code::PADDING => Ok(Self::Padding(tlv.value.to_vec())),
            code::LSP_ENTRIES => LspEntry::decode_all(tlv).map(Self::LspEntries),
            code::AUTHENTICATION => Authentication::decode(tlv).map(Self::Authentication),
            code::PURGE_ORIGINATOR => PurgeOriginator::decode(tlv).map(Self::PurgeOriginator),
            code::EXTENDED_IS_REACHABILITY => {
                IsNeighbor::decode_all(tlv).map(Self::ExtendedIsReachability)
            }
            code::PROTOCOLS_SUPPORTED => Ok(Self::ProtocolsSupported(tlv.value.to_vec())),
            code::IPV4_INTERFACE_ADDRESSES => {
                decode_addresses(tlv).map(Self::Ipv4InterfaceAddresses)
            }
            code::HOST_NAME => decode_host_name(tlv).map(Self::HostName),
            code::MAC_REACHABILITY => MacReachability::decode(tlv).map(Self::MacReachability),
            code::THREE_WAY_ADJACENCY => {
                ThreeWayAdjacency::decode(tlv).map(Self::ThreeWayAdjacency)
            }
            _ => Ok(Self::Unknown(raw())),
        };
        value.unwrap_or_else(|error| Self::Malformed { raw: raw(), error })
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::AreaAddresses(_) => code::AREA_ADDRESSES,
            Self::Padding(_) => code::PADDING,
            Self::LspEntries(_) => code::LSP_ENTRIES,
            Self::Authentication(_) => code::AUTHENTICATION,
            Self::PurgeOriginator(_) => code::PURGE_ORIGINATOR,
            Self::ExtendedIsReachability(_) => code::EXTENDED_IS_REACHABILITY,
            Self::ProtocolsSupported(_) => code::PROTOCOLS_SUPPORTED,
            Self::Ipv4InterfaceAddresses(_) => code::IPV4_INTERFACE_ADDRESSES,
            Self::HostName(_) => code::HOST_NAME,
            Self::MacReachability(_) => code::MAC_REACHABILITY,
            Self::ThreeWayAdjacency(_) => code::THREE_WAY_ADJACENCY,
            Self::Unknown(raw) | Self::Malformed { raw, .. } => raw.code,
        }
    }

    /// Bytes on the wire, code and length included.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        HEADER_LEN
            + match self {
                Self::AreaAddresses(all) => all.iter().map(|a| 1 + a.octets().len()).sum(),
                Self::Padding(bytes) | Self::ProtocolsSupported(bytes) => bytes.len(),
                Self::LspEntries(all) => all.len() * LspEntry::LEN,
                Self::Authentication(value) => 1 + value.value.len(),
                Self::PurgeOriginator(value) => value.value_len(),
                Self::ExtendedIsReachability(all) => all.iter().map(IsNeighbor::encoded_len).sum(),
                Self::Ipv4InterfaceAddresses(all) => all.len() * 4,
                Self::HostName(name) => name.len(),
                Self::MacReachability(value) => value.value_len(),
                Self::ThreeWayAdjacency(value) => value.value_len(),
                Self::Unknown(raw) | Self::Malformed { raw, .. } => raw.value.len(),
            }
    }

    /// Appends the TLV to `out`.
    ///
    /// # Errors
    /// The value is longer than 255 bytes, or a field of it does not fit.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let length = self.encoded_len() - HEADER_LEN;
        let octet = u8::try_from(length).map_err(|_| EncodeError::TlvLength {
            code: self.code(),
            length,
        })?;
        out.extend([self.code(), octet]);
        match self {
            Self::AreaAddresses(all) => all.iter().for_each(|area| area.encode_into(out)),
            Self::Padding(bytes) | Self::ProtocolsSupported(bytes) => out.extend(bytes),
            Self::LspEntries(all) => all.iter().for_each(|e| out.extend(e.octets())),
            Self::Authentication(value) => value.encode_into(out),
            Self::PurgeOriginator(value) => value.encode_into(out),
            Self::ExtendedIsReachability(all) => {
                all.iter().try_for_each(|n| n.encode_into(out))?;
            }
            Self::Ipv4InterfaceAddresses(all) => {
                all.iter().for_each(|address| out.extend(address.octets()));
            }
            Self::HostName(name) => out.extend(name.as_bytes()),
            Self::MacReachability(value) => value.encode_into(out),
            Self::ThreeWayAdjacency(value) => value.encode_into(out),
            Self::Unknown(raw) | Self::Malformed { raw, .. } => out.extend(&raw.value),
        }
        Ok(())
    }

    /// LSP entries in as many TLVs as they need.
    #[must_use]
    pub fn pack_entries(entries: &[LspEntry]) -> Vec<Self> {
        let chunks = entries.chunks(LspEntry::MAX_PER_TLV);
        chunks.map(|c| Self::LspEntries(c.to_vec())).collect()
    }

    /// The entries of all TLVs 9 among `tlvs`.
    pub fn lsp_entries(tlvs: &[Self]) -> impl Iterator<Item = LspEntry> + '_ {
        let all = tlvs.iter().filter_map(|tlv| match tlv {
            Self::LspEntries(entries) => Some(entries),
            _ => None,
        });
        all.flatten().copied()
    }

    /// The addresses of all TLVs 1 among `tlvs`.
    pub fn area_addresses(tlvs: &[Self]) -> impl Iterator<Item = AreaAddress> + '_ {
        let all = tlvs.iter().filter_map(|tlv| match tlv {
            Self::AreaAddresses(areas) => Some(areas),
            _ => None,
        });
        all.flatten().copied()
    }
}

fn decode_addresses(tlv: TlvRef<'_>) -> Result<Vec<Ipv4Addr>, DecodeError> {
    let (addresses, rest) = tlv.value.as_chunks::<4>();
    match rest {
        [] => Ok(addresses.iter().copied().map(Ipv4Addr::from).collect()),
        _ => Err(tlv.format_error()),
    }
}

fn decode_host_name(tlv: TlvRef<'_>) -> Result<String, DecodeError> {
    let printable = !tlv.value.is_empty() && tlv.value.iter().all(|b| (b' '..=b'~').contains(b));
    match core::str::from_utf8(tlv.value) {
        Ok(name) if printable => Ok(name.to_owned()),
        _ => Err(tlv.format_error()),
    }
}
