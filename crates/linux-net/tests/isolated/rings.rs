//! Receiving by rings: bytes, order, tags, stamps, cut frames, lost frames, captures.

use std::time::Instant;

use libtest_mimic::Trial;
use linux_net::capture_socket::{CaptureConfig, CaptureSocket, Direction};
use linux_net::clock;
use linux_net::interface::Interface;
use linux_net::link::{self, Condition};
use linux_net::packet_socket::{Frames, PacketRing, RingConfig};
use wire::{MacAddr, llc};

use crate::support::{
    Cable, MAC_A, MAC_B, PATIENCE, frame, interface, is_experiment, open, quiet, readable, receive,
    send, trial,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("rings_carry_exact_bytes_in_order_both_ways", exact_bytes),
        trial("a_ring_sees_only_what_arrives", arriving_only),
        trial("a_ring_waits_for_its_interface", waiting),
        trial("a_ring_for_is_is_sees_llc_frames_alone", is_is_alone),
        trial("a_tag_in_the_frame_becomes_metadata", tag),
        trial("stamps_lie_between_sending_and_receiving", stamps),
        trial("a_frame_larger_than_its_slot_is_named", truncated),
        trial("frames_beyond_the_receive_ring_are_counted", overflow),
        trial("a_capture_sees_both_directions_and_the_tag", capture),
    ]
}

async fn exact_bytes() {
    let cable = Cable::plug("exact", 1500).await;
    let (mut a, mut b) = cable.rings(RingConfig::for_mtu(1500)).await;
    let sent: Vec<_> = (0..3000)
        .map(|n| frame(n, 18 + (n as usize * 7) % 1497))
        .collect();
    assert_eq!(sent.iter().map(Vec::len).max(), Some(1514));
    for batch in sent.chunks(100) {
        for bytes in batch {
            a.transmit(bytes.len(), |slot| slot.copy_from_slice(bytes))
                .unwrap();
            b.transmit(bytes.len(), |slot| slot.copy_from_slice(bytes))
                .unwrap();
        }
        a.flush().unwrap();
        b.flush().unwrap();
        assert!(receive(&mut b, batch.len()) == batch);
        assert!(receive(&mut a, batch.len()) == batch);
    }
    assert_eq!(b.statistics().unwrap().drops, 0);
    assert!(b.statistics().unwrap().packets >= 3000);
}

/// The kernel never shows a socket its own frames; those of others on the interface it would.
async fn arriving_only() {
    let cable = Cable::plug("arriving", 1500).await;
    // Past the queueing discipline nobody sees what leaves; by it, everybody may.
    let config = RingConfig {
        bypass_qdisc: false,
        ..RingConfig::for_mtu(1500)
    };
    let (mut a, mut b) = cable.rings(config).await;
    let mut other = open(&cable.a, "a0", config).await;
    send(&mut other, &frame(1, 60));
    receive(&mut b, 1);
    send(&mut b, &frame(2, 60));
    assert_eq!(receive(&mut a, 1), [frame(2, 60)]);
}

/// Opened before there is an interface, bound once there is; from then on it shows in the link.
async fn waiting() {
    let cable = Cable {
        a: quiet("waiting-a").await,
        b: quiet("waiting-b").await,
    };
    let absent = Interface {
        index: 0,
        name: "b0".to_owned(),
        mac: MacAddr::ZERO,
        mtu: 1500,
    };
    let open_absent = move || PacketRing::open_unbound(&absent, RingConfig::for_mtu(1500));
    let mut b = cable.b.run(open_absent).await.unwrap().unwrap();
    cable.plug_again(1500).await;
    let link = link::get(&cable.b, "b0").await.unwrap();
    assert!(!Condition::Tapped.holds(Some(&link)), "{link:?}");
    let mut a = open(&cable.a, "a0", RingConfig::for_mtu(1500)).await;
    send(&mut a, &frame(1, 60));
    b.rebind(&interface(&cable.b, "b0").await).unwrap();
    link::wait_until(&cable.b, "b0", Condition::Tapped, PATIENCE)
        .await
        .unwrap();
    send(&mut a, &frame(2, 60));
    assert_eq!(receive(&mut b, 1), [frame(2, 60)]);
}

/// By the kernel's own choice, so that nobody is woken for the rest; without promiscuous mode.
async fn is_is_alone() {
    let cable = Cable::plug("is-is", 1500).await;
    let config = RingConfig {
        frames: Frames::IsIs,
        ..RingConfig::for_mtu(1500)
    };
    let mut a = open(&cable.a, "a0", config).await;
    let mut b = open(&cable.b, "b0", RingConfig::for_mtu(1500)).await;
    let pdu = [0x83; 30];
    let frames = [llc::ALL_ISS, llc::ALL_L1_ISS, MAC_A].map(|to| {
        let mut bytes = llc::encode_osi_frame(to, MAC_B, &pdu).unwrap();
        bytes.resize(60, 0);
        bytes
    });
    for bytes in &frames {
        send(&mut b, &frame(1, 60));
        send(&mut b, bytes);
    }
    let deadline = Instant::now() + PATIENCE;
    for wanted in &frames {
        assert!(readable(&a, deadline), "an LLC frame did not come");
        let got = a.receive().expect("readable");
        assert_eq!(got.data(), wanted, "nothing but LLC frames, in order");
    }
    assert!(a.receive().is_none());
}

async fn tag() {
    let cable = Cable::plug("tag", 1500).await;
    let (mut a, mut b) = cable.rings(RingConfig::for_mtu(1500)).await;
    let plain = frame(7, 1514);
    let mut tagged = plain.clone();
    tagged.splice(12..12, [0x81, 0x00, 0xa0, 0x64]);
    send(&mut a, &tagged);
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(readable(&b, deadline), "the tagged frame did not come");
        let Some(got) = b.receive().filter(|f| is_experiment(f.data())) else {
            continue;
        };
        let tag = got.tag().expect("the kernel tells the tag");
        assert_eq!((tag.bits(), tag.priority()), (0xa064, 5));
        assert_eq!(got.tag_protocol(), Some(0x8100));
        assert!(got.data() == plain && !got.is_truncated());
        assert_eq!(got.original_length(), 1514);
        return;
    }
}

async fn stamps() {
    let cable = Cable::plug("stamps", 1500).await;
    let (mut a, mut b) = cable.rings(RingConfig::for_mtu(1500)).await;
    let before = clock::realtime_nanos();
    send(&mut a, &frame(1, 60));
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(readable(&b, deadline), "the frame did not come");
        let Some(got) = b.receive().filter(|f| is_experiment(f.data())) else {
            continue;
        };
        let stamp = got.timestamp_realtime_ns();
        assert!(before <= stamp && stamp <= clock::realtime_nanos());
        return;
    }
}

async fn truncated() {
    let cable = Cable::plug("cut", 1500).await;
    let config = RingConfig {
        slot_size: 256,
        ..RingConfig::for_mtu(1500)
    };
    let mut a = open(&cable.a, "a0", RingConfig::for_mtu(1500)).await;
    let mut b = open(&cable.b, "b0", config).await;
    let long = frame(3, 1000);
    send(&mut a, &long);
    send(&mut a, &frame(4, 100));
    let deadline = Instant::now() + PATIENCE;
    let mut seen = 0;
    while seen < 2 {
        assert!(readable(&b, deadline), "{seen} frames came");
        let Some(got) = b.receive().filter(|f| is_experiment(f.data())) else {
            continue;
        };
        let first = seen == 0;
        seen += 1;
        assert_eq!(got.is_truncated(), first);
        assert_eq!(got.original_length(), if first { 1000 } else { 100 });
        if first {
            assert!(got.data().len() >= 150 && long.starts_with(got.data()));
        }
    }
}

async fn overflow() {
    let cable = Cable::plug("overflow", 1500).await;
    let config = RingConfig {
        receive_slots: 32,
        ..RingConfig::for_mtu(1500)
    };
    let mut a = open(&cable.a, "a0", RingConfig::for_mtu(1500)).await;
    let mut b = open(&cable.b, "b0", config).await;
    for n in 0..100 {
        send(&mut a, &frame(n, 60));
    }
    let mut counted = b.statistics().unwrap();
    crate::support::eventually("all frames are counted", || {
        counted = b.statistics().unwrap();
        counted.packets >= 100
    });
    assert!(counted.drops >= 60, "{counted:?}");
    let kept = receive(&mut b, 32);
    // The oldest are kept, and the ring goes on.
    assert_eq!(kept.first(), Some(&frame(0, 60)));
    send(&mut a, &frame(500, 60));
    assert_eq!(receive(&mut b, 1), [frame(500, 60)]);
    assert_eq!(b.statistics().unwrap().drops, counted.drops);
}

async fn capture() {
    let cable = Cable::plug("capture", 1500).await;
    let config = RingConfig {
        bypass_qdisc: false,
        ..RingConfig::for_mtu(1500)
    };
    let (mut a, mut b) = cable.rings(config).await;
    let on = interface(&cable.b, "b0").await;
    let config = CaptureConfig {
        slots: 64,
        snap_length: 100,
    };
    let mut capture = cable
        .b
        .run(move || CaptureSocket::open(&on, config))
        .await
        .unwrap()
        .unwrap();
    let mut tagged = frame(1, 60);
    tagged.splice(12..12, [0x81, 0x00, 0x00, 0x64]);
    send(&mut a, &tagged);
    receive(&mut b, 1);
    send(&mut b, &frame(2, 400));
    let deadline = Instant::now() + PATIENCE;
    let mut seen = Vec::new();
    while seen.len() < 2 {
        assert!(readable(&capture, deadline), "captured: {seen:?}");
        let Some(got) = capture.receive() else {
            continue;
        };
        if got.data().len() < 60 || !(is_experiment(got.data())) {
            continue;
        }
        let mut bytes = Vec::new();
        got.write_to(&mut bytes);
        seen.push((got.direction(), got.original_length(), bytes));
    }
    assert_eq!(seen[0], (Direction::Received, 64, tagged));
    let cut = frame(2, 400)[..100].to_vec();
    assert_eq!(seen[1], (Direction::Transmitted, 400, cut));
    assert_eq!(capture.statistics().unwrap().drops, 0);
}
