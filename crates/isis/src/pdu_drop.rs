//! Why a received PDU was not used.

use wire::DecodeError;

/// Why a received PDU was dropped. [`PduDrop::name`] is stable: counters are named after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PduDrop {
    /// The bytes are no level 1 PDU.
    #[error("not a usable IS-IS PDU: {0}")]
    Decode(#[from] DecodeError),
    /// A PDU without a HMAC-MD5 digest where a key is configured.
    #[error(
        "the PDU carries no HMAC-MD5 digest: configure the key on the neighbour too (RFC 5304)"
    )]
    AuthenticationMissing,
    /// A digest that was not made with our key, or not of this PDU.
    #[error("the PDU's HMAC-MD5 digest is wrong: compare the keys (RFC 5304)")]
    AuthenticationFailed,
    /// A purge with contents where a key is configured: its digest may be that of the LSP itself.
    #[error("the purge carries contents of the LSP, so its digest proves nothing (RFC 5304 s2)")]
    PurgeContents,
    /// No such circuit was added.
    #[error("the circuit is not known: add it before handing in its PDUs")]
    UnknownCircuit,
    /// A LAN hello on a point-to-point circuit.
    #[error("a LAN hello on a point-to-point circuit: set the neighbour's link to point-to-point")]
    WrongCircuitType,
    /// A hello for level 2 only.
    #[error("the neighbour speaks level 2 only: enable level 1 on it")]
    WrongLevel,
    /// No area address in common.
    #[error("the neighbour is in no area of ours: check the area addresses")]
    WrongArea,
    /// TLV 129 is missing or lists no IPv4.
    #[error("the neighbour does not list IPv4 among its protocols (TLV 129)")]
    NoCommonProtocol,
    /// A neighbour with our own system ID.
    #[error(
        "the neighbour has our own system ID, or the link loops back: give each system its own"
    )]
    DuplicateSystemId,
    /// TLV 240 names another system or circuit as the one heard.
    #[error("the three-way option names another system or circuit (RFC 5303 s3.2)")]
    ThreeWayMismatch,
    /// The neighbour believes in an adjacency that is gone here.
    #[error("the neighbour still remembers an adjacency that is down here: it will start over")]
    StaleAdjacency,
    /// An LSP or sequence numbers PDU where no adjacency is up.
    #[error("no adjacency is up on the circuit")]
    NoAdjacency,
    /// A sequence numbers PDU of another system than the neighbour.
    #[error("the sequence numbers PDU is not of the neighbour on this circuit")]
    NotNeighbor,
    /// The checksum does not fit.
    #[error("the LSP's checksum is wrong: it was damaged on the way")]
    BadChecksum,
    /// Sequence number 0, which is reserved.
    #[error("the LSP has sequence number 0, which is reserved (ISO 10589 s7.3.16)")]
    SequenceZero,
    /// The database is full.
    #[error("the link-state database is full: raise its limit")]
    LsdbFull,
    /// A purge of an LSP that is not in the database, and too many acknowledgements wait already.
    #[error("too many purges of unknown LSPs at once: the neighbour will send it again")]
    AcknowledgementsFull,
    /// The instance was shut down.
    #[error("the instance was shut down")]
    Shutdown,
}

impl PduDrop {
    /// A stable kebab-case name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.name(),
            Self::AuthenticationMissing => "authentication-missing",
            Self::AuthenticationFailed => "authentication-failed",
            Self::PurgeContents => "purge-contents",
            Self::UnknownCircuit => "unknown-circuit",
            Self::WrongCircuitType => "wrong-circuit-type",
            Self::WrongLevel => "wrong-level",
            Self::WrongArea => "wrong-area",
            Self::NoCommonProtocol => "no-common-protocol",
            Self::DuplicateSystemId => "duplicate-system-id",
            Self::ThreeWayMismatch => "three-way-mismatch",
            Self::StaleAdjacency => "stale-adjacency",
            Self::NoAdjacency => "no-adjacency",
            Self::NotNeighbor => "not-neighbor",
            Self::BadChecksum => "bad-checksum",
            Self::SequenceZero => "sequence-zero",
            Self::LsdbFull => "lsdb-full",
            Self::AcknowledgementsFull => "acknowledgements-full",
            Self::Shutdown => "shut-down",
        }
    }
}
