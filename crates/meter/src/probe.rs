//! The numbered, stamped probe: payload of a UDP datagram.
//!
//! ```text
//! 0      magic "DCIPROBE"
//! 8      version (1)
//! 9      reserved (0)
//! 10-11  flow
//! 12-15  sequence
//! 16-23  sent at, nanoseconds of CLOCK_MONOTONIC
//! 24..   zeros up to the configured size
//! ```
//! Integers are big endian. In a capture, `frame contains "DCIPROBE"` finds the probes.

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wire::Timestamp;

/// What every probe starts with.
pub const MAGIC: [u8; 8] = *b"DCIPROBE";
/// The layout's version.
pub const VERSION: u8 = 1;
/// Bytes of a probe without padding: the smallest payload.
pub const HEADER_LENGTH: usize = 24;

/// One direction between two hosts. Unique in a lab's life, so that a late probe of an earlier run
/// is not taken for one of this run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct FlowId(pub u16);

impl fmt::Display for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Number of a probe in its flow, from 0.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Sequence(pub u32);

impl Sequence {
    /// Position in a log that starts with probe 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The number of the probe at `index`; saturates at the greatest number.
    #[must_use]
    pub fn at_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// Its flow.
    pub flow: FlowId,
    /// Its number in the flow.
    pub sequence: Sequence,
    /// The sender's stamp, taken just before the send call.
    #[schemars(with = "u64")]
    pub sent_at: Timestamp,
}

/// Why a payload is no probe, or cannot hold one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// Too few bytes.
    #[error("a probe needs {HEADER_LENGTH} bytes, the payload has {0}: configure a larger probe")]
    Short(usize),
    /// Something else than a probe.
    #[error("not a probe: the payload does not start with DCIPROBE")]
    NotProbe,
    /// A probe of another version of this program.
    #[error("probe version {0}, this program speaks {VERSION}: use one build for the whole lab")]
    Version(u8),
}

impl Probe {
    /// Writes the probe over the whole of `payload`, zeros after the header.
    ///
    /// # Errors
    /// `payload` is shorter than [`HEADER_LENGTH`].
    pub fn encode(&self, payload: &mut [u8]) -> Result<(), ProbeError> {
        let length = payload.len();
        let (header, padding) = payload
            .split_first_chunk_mut::<HEADER_LENGTH>()
            .ok_or(ProbeError::Short(length))?;
        header[..8].copy_from_slice(&MAGIC);
        header[8] = VERSION;
        header[9] = 0;
        header[10..12].copy_from_slice(&self.flow.0.to_be_bytes());
        header[12..16].copy_from_slice(&self.sequence.0.to_be_bytes());
        header[16..24].copy_from_slice(&self.sent_at.as_nanos().to_be_bytes());
        padding.fill(0);
        Ok(())
    }

    /// Reads a probe from the front of a UDP payload; padding is not looked at.
    ///
    /// # Errors
    /// The payload is too short, is no probe, or has another version.
    pub fn decode(payload: &[u8]) -> Result<Self, ProbeError> {
        let header = payload
            .first_chunk::<HEADER_LENGTH>()
            .ok_or(ProbeError::Short(payload.len()))?;
        let [
            m0,
            m1,
            m2,
            m3,
            m4,
            m5,
            m6,
            m7,
            version,
            _,
            f0,
            f1,
            s0,
            s1,
            s2,
            s3,
            stamp @ ..,
        ] = *header;
        if [m0, m1, m2, m3, m4, m5, m6, m7] != MAGIC {
            return Err(ProbeError::NotProbe);
        }
        if version != VERSION {
            return Err(ProbeError::Version(version));
        }
        Ok(Self {
            flow: FlowId(u16::from_be_bytes([f0, f1])),
            sequence: Sequence(u32::from_be_bytes([s0, s1, s2, s3])),
            sent_at: Timestamp::from_nanos(u64::from_be_bytes(stamp)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_go_both_ways(flow: u16, sequence: u32, nanos: u64, padding in 0..64_usize) {
            let probe = Probe {
                flow: FlowId(flow),
                sequence: Sequence(sequence),
                sent_at: Timestamp::from_nanos(nanos),
            };
            let mut payload = vec![0xee; HEADER_LENGTH + padding];
            probe.encode(&mut payload).unwrap();
            prop_assert_eq!(Probe::decode(&payload), Ok(probe));
            prop_assert!(payload[HEADER_LENGTH..].iter().all(|byte| *byte == 0));
        }

        #[test]
        fn garbage_never_panics(payload: Vec<u8>) {
            prop_assert!(Probe::decode(&payload).is_err());
        }
    }

    #[test]
    fn what_is_no_probe_is_refused() {
        let probe = Probe {
            flow: FlowId(1),
            sequence: Sequence(2),
            sent_at: Timestamp::from_nanos(3),
        };
        let mut payload = [0; HEADER_LENGTH];
        assert_eq!(probe.encode(&mut payload[..23]), Err(ProbeError::Short(23)));
        probe.encode(&mut payload).unwrap();
        assert_eq!(Probe::decode(&payload[..23]), Err(ProbeError::Short(23)));
        let mut other = payload;
        other[0] = b'd';
        assert_eq!(Probe::decode(&other), Err(ProbeError::NotProbe));
        other = payload;
        other[8] = 2;
        assert_eq!(Probe::decode(&other), Err(ProbeError::Version(2)));
    }

    #[test]
    fn layout_is_as_documented() {
        let probe = Probe {
            flow: FlowId(0x0102),
            sequence: Sequence(0x0304_0506),
            sent_at: Timestamp::from_nanos(0x0708_090a_0b0c_0d0e),
        };
        let mut payload = [0; HEADER_LENGTH];
        probe.encode(&mut payload).unwrap();
        let expected = b"DCIPROBE\x01\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e";
        assert_eq!(&payload, expected);
    }
}
