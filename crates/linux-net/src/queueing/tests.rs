//! Another judge of what is sent: the bytes of iproute2, recorded.

use core::time::Duration;

use netlink_packet_route::RouteNetlinkMessage;

use super::request::{Existing, request};
use super::{NetemLoss, NetemOptions, SourceClass, netem, prio, root, u32_filter};

const GOLDEN: &str = include_str!("golden.txt");
const INDEX: i32 = 3;
const CLASS: SourceClass = SourceClass(0);
/// Of the attribute for the seed, which that version of iproute2 does not know: header, 64 bits.
const SEED_BYTES: usize = 12;

/// What was recorded for a command, without the sequence number.
fn recorded(command: &str) -> Vec<u8> {
    let lines = GOLDEN.lines().skip_while(|line| *line != command).skip(1);
    let lines = lines.take_while(|line| line.starts_with("  "));
    let bytes = lines.flat_map(str::split_whitespace);
    let bytes: Vec<_> = bytes
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect();
    assert!(!bytes.is_empty(), "`{command}` is not recorded");
    without_sequence(bytes)
}

fn without_sequence(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes[8..12].fill(0);
    bytes
}

fn sent(asked: RouteNetlinkMessage, existing: Existing) -> Vec<u8> {
    let mut message = request(asked, existing);
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    without_sequence(bytes)
}

fn nothing() -> NetemOptions {
    NetemOptions {
        limit: 1000,
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        loss: NetemLoss::Single(0.0),
        rate: None,
        reorder: 0.0,
        seed: 7,
    }
}

/// Every netem command of the recording, with what it asks for.
fn netem_commands() -> Vec<(&'static str, NetemOptions)> {
    let millis = Duration::from_millis;
    let seconds = Duration::from_secs;
    vec![
        (
            "netem limit 100 delay 40ms 5ms loss 1% rate 10mbit",
            NetemOptions {
                limit: 100,
                delay: millis(40),
                jitter: millis(5),
                loss: NetemLoss::Single(0.01),
                rate: Some(1_250_000),
                ..nothing()
            },
        ),
        (
            "netem limit 1000 loss gemodel 1% 25% 100% 0%",
            NetemOptions {
                loss: NetemLoss::Burst {
                    worsen: 0.01,
                    recover: 0.25,
                },
                ..nothing()
            },
        ),
        (
            "netem limit 1000 delay 10ms reorder 25%",
            NetemOptions {
                delay: millis(10),
                reorder: 0.25,
                ..nothing()
            },
        ),
        (
            "netem limit 1000 loss 100%",
            NetemOptions {
                loss: NetemLoss::Single(1.0),
                ..nothing()
            },
        ),
        (
            "netem limit 1000 rate 40gbit delay 60s",
            NetemOptions {
                delay: seconds(60),
                rate: Some(5_000_000_000),
                ..nothing()
            },
        ),
        (
            "netem limit 7 loss 0.5% delay 1s",
            NetemOptions {
                limit: 7,
                delay: seconds(1),
                loss: NetemLoss::Single(0.005),
                ..nothing()
            },
        ),
    ]
}

#[test]
fn netem_is_asked_as_iproute2_asks() {
    for (words, asked) in netem_commands() {
        let command = format!("qdisc replace dev v0 parent 1:2 handle 12: {words}");
        let mut bytes = netem::bytes(&asked);
        bytes.truncate(bytes.len() - SEED_BYTES);
        let message = netem::message_of(INDEX, CLASS, bytes);
        let message = RouteNetlinkMessage::NewQueueDiscipline(message);
        assert_eq!(
            sent(message, Existing::Replace),
            recorded(&command),
            "{command}"
        );
    }
    let recorded = GOLDEN.lines().filter(|line| line.contains(" netem "));
    assert_eq!(recorded.count(), netem_commands().len());
}

#[test]
fn the_seed_goes_with_every_change() {
    let bytes = netem::bytes(&NetemOptions {
        seed: 0x0102,
        ..nothing()
    });
    let attribute = &bytes[bytes.len() - SEED_BYTES..];
    // TCA_NETEM_PRNG_SEED is the 15th of its enumeration.
    assert_eq!(attribute[..4], [12, 0, 14, 0]);
    assert_eq!(attribute[4..], 0x0102_u64.to_ne_bytes());
}

#[test]
fn sources_are_sorted_as_iproute2_sorts_them() {
    let command =
        "qdisc add dev v0 root handle 1: prio bands 16 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0";
    let message = RouteNetlinkMessage::NewQueueDiscipline(prio(INDEX));
    assert_eq!(
        sent(message, Existing::Refuse),
        recorded(command),
        "{command}"
    );
    let command =
        "filter add dev v0 parent 1: protocol ip prio 1 u32 match ip src 198.18.0.2/32 flowid 1:2";
    let filter = u32_filter(INDEX, CLASS, [198, 18, 0, 2].into());
    let message = RouteNetlinkMessage::NewTrafficFilter(filter);
    assert_eq!(
        sent(message, Existing::Refuse),
        recorded(command),
        "{command}"
    );
    let command = "qdisc del dev v0 root";
    let message = RouteNetlinkMessage::DelQueueDiscipline(root(INDEX));
    assert_eq!(
        sent(message, Existing::Refuse),
        recorded(command),
        "{command}"
    );
}
