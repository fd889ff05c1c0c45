//! Captured frames, in which the meter looks for probes. `just fuzz` runs it for longer.

use std::net::Ipv4Addr;
use std::time::Duration;

use bolero::check;
use meter::{Probe, Sighting};

/// How long each target runs in `cargo test`.
const BRIEFLY: Duration = Duration::from_millis(300);

/// Ethernet, IPv4 and UDP around `payload`.
fn datagram(payload: &[u8]) -> Vec<u8> {
    packet(17, &[&[0; 8], payload].concat())
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

/// A probe that is read is written as it was.
#[test]
fn fuzz_probe() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        let mut payload = b"DCIPROBE".to_vec();
        payload.extend(bytes);
        for payload in [&payload[..], bytes] {
            if let Ok(probe) = Probe::decode(payload) {
                let mut again = payload.to_vec();
                assert_eq!(probe.encode(&mut again), Ok(()));
                assert_eq!(again, payload);
            }
        }
    });
}

/// A probe is seen in a frame exactly where it is one by itself, tunnelled or not.
#[test]
fn fuzz_sighting() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        let _any_answer_will_do = Sighting::in_frame(bytes);
        let mut payload = b"DCIPROBE".to_vec();
        payload.extend(bytes);
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
