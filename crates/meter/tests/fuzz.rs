//! Captured frames, in which the meter looks for probes. `just fuzz` runs it for longer.

use std::net::Ipv4Addr;
use std::time::Duration;

use bolero::check;
use meter::probe::HEADER_LENGTH;
use meter::{Probe, Sighting};

/// How long each target runs in `cargo test`.
const BRIEFLY: Duration = Duration::from_millis(300);

/// What a probe starts with: the magic and the version. Noise alone never gets past them.
const START: &[u8] = b"DCIPROBE\x01";

/// Ethernet, IPv4 and UDP around `payload`.
fn datagram(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap_or(u16::MAX);
    let mut header = [0; 8];
    header[4..6].copy_from_slice(&length.to_be_bytes());
    packet(17, &[&header, payload].concat())
}

fn packet(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 12];
    bytes.extend([8, 0, 0x45, 0]);
    let length = u16::try_from(20 + payload.len()).unwrap_or(u16::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0, 0, 0, 64, protocol, 0, 0]);
    bytes.extend(Ipv4Addr::LOCALHOST.octets());
    bytes.extend(Ipv4Addr::LOCALHOST.octets());
    bytes.extend(payload);
    bytes
}

/// A probe that is read is written as it was, but for what nobody looks at: the reserved octet and the padding.
#[test]
fn fuzz_probe() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        let started = [START, bytes].concat();
        for payload in [&started[..], bytes] {
            let Ok(probe) = Probe::decode(payload) else {
                continue;
            };
            let mut again = payload.to_vec();
            assert_eq!(probe.encode(&mut again), Ok(()));
            assert_eq!(again[..9], payload[..9]);
            assert_eq!(again[10..HEADER_LENGTH], payload[10..HEADER_LENGTH]);
            assert_eq!(Probe::decode(&again), Ok(probe));
        }
    });
}

/// A probe is seen in a frame exactly where it is one by itself, tunnelled or not.
#[test]
fn fuzz_sighting() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        let _any_answer_will_do = Sighting::in_frame(bytes);
        let payload = [START, bytes].concat();
        let is_probe = Probe::decode(&payload).is_ok();
        let plain = datagram(&payload);
        assert_eq!(Sighting::in_frame(&plain).is_some(), is_probe);
        let tunnelled = packet(47, &[&[0, 0, 0x65, 0x58], &plain[..]].concat());
        assert_eq!(Sighting::in_frame(&tunnelled).is_some(), is_probe);
        // Cut anywhere, it is a probe or none, and nothing else happens.
        let at = bytes
            .first()
            .map_or(0, |at| usize::from(*at))
            .min(plain.len());
        let _any_answer_will_do = Sighting::in_frame(&plain[..at]);
    });
}
