//! Sending by rings when something is in the way.

use libtest_mimic::Trial;
use linux_net::link::{self, Condition};
use linux_net::packet_socket::{PacketRing, RingConfig, TransmitError, Unsent};
use linux_net::privileges::capabilities;

use crate::support::{Cable, PATIENCE, eventually, frame, quiet, receive, send, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_full_ring_says_so_and_recovers", ring_full),
        trial("frames_of_impossible_length_are_refused", length),
        trial("a_shrunken_mtu_refuses_and_counts", mtu_shrinks),
        trial("frames_without_carrier_are_not_sent_later", no_carrier),
        trial("frames_while_down_are_not_sent_later", down),
        trial("frames_for_a_moved_interface_are_counted", moved),
        trial(
            "a_ring_follows_an_interface_without_capabilities",
            made_anew,
        ),
    ]
}

fn mark(ring: &mut PacketRing, number: u32) -> Result<(), TransmitError> {
    let bytes = frame(number, 60);
    ring.transmit(bytes.len(), |slot| slot.copy_from_slice(&bytes))
}

async fn ring_full() {
    let cable = Cable::plug("full", 1500).await;
    let config = RingConfig {
        transmit_slots: 64,
        ..RingConfig::for_mtu(1500)
    };
    let (mut a, mut b) = cable.rings(config).await;
    for round in 0..3 {
        for n in 0..64 {
            mark(&mut a, round * 64 + n).unwrap();
        }
        assert_eq!(mark(&mut a, 999), Err(TransmitError::RingFull));
        eventually("everything leaves", || {
            a.flush().unwrap();
            !a.has_marked()
        });
        let expected: Vec<_> = (0..64).map(|n| frame(round * 64 + n, 60)).collect();
        assert!(receive(&mut b, 64) == expected);
    }
}

async fn length() {
    let cable = Cable::plug("length", 1000).await;
    let (mut a, mut b) = cable.rings(RingConfig::for_mtu(1000)).await;
    let try_length = |a: &mut PacketRing, bytes: &[u8]| {
        a.transmit(bytes.len(), |slot| slot.copy_from_slice(bytes))
    };
    assert_eq!(
        try_length(&mut a, &[0; 13]),
        Err(TransmitError::TooShort(13))
    );
    let too_long = |length| TransmitError::TooLong {
        length,
        limit: 1014,
    };
    let bytes = frame(1, 1018);
    assert_eq!(try_length(&mut a, &bytes), Err(too_long(1018)));
    assert_eq!(try_length(&mut a, &frame(1, 1019)), Err(too_long(1019)));
    let mut tagged = frame(2, 1014);
    tagged.splice(12..12, [0x81, 0x00, 0x00, 0x64]);
    send(&mut a, &tagged);
    send(&mut a, &frame(3, 1014));
    assert!(receive(&mut b, 2) == [frame(2, 1014), frame(3, 1014)]);
}

async fn mtu_shrinks() {
    let cable = Cable::plug("shrink", 1500).await;
    let (mut a, mut b) = cable.rings(RingConfig::for_mtu(1500)).await;
    link::set_mtu(&cable.a, "a0", 1000).await.unwrap();
    for (n, length) in [(1, 200), (2, 1514), (3, 1400), (4, 300)] {
        let bytes = frame(n, length);
        a.transmit(length, |slot| slot.copy_from_slice(&bytes))
            .unwrap();
    }
    a.flush().unwrap();
    assert!(receive(&mut b, 2) == [frame(1, 200), frame(4, 300)]);
    assert_eq!(a.statistics().unwrap().transmit_refused, 2);
    // It knows the new limit from now on.
    assert_eq!(
        a.transmit(1514, |_| {}),
        Err(TransmitError::TooLong {
            length: 1514,
            limit: 1014
        })
    );
}

async fn no_carrier() {
    let cable = Cable::plug("carrier", 1500).await;
    let mut a = crate::support::open(&cable.a, "a0", RingConfig::for_mtu(1500)).await;
    link::set_down(&cable.b, "b0").await.unwrap();
    eventually("the frames are discarded", || {
        let _ = mark(&mut a, 1);
        a.flush().unwrap();
        a.statistics().unwrap().transmit_discarded > 0
    });
    let mut b = crate::support::open(&cable.b, "b0", RingConfig::for_mtu(1500)).await;
    link::set_up(&cable.b, "b0").await.unwrap();
    link::wait_until(&cable.a, "a0", Condition::Carrier, PATIENCE)
        .await
        .unwrap();
    eventually("the ring is empty again", || {
        a.flush().unwrap();
        !a.has_marked()
    });
    send(&mut a, &frame(2, 60));
    assert!(receive(&mut b, 1) == [frame(2, 60)], "a stale frame came");
}

async fn down() {
    let cable = Cable::plug("down", 1500).await;
    let (mut a, mut b) = cable.rings(RingConfig::for_mtu(1500)).await;
    link::set_down(&cable.a, "a0").await.unwrap();
    for n in 0..5 {
        mark(&mut a, n).unwrap();
        a.flush().unwrap();
    }
    assert_eq!(a.statistics().unwrap().transmit_discarded, 5);
    let error = a.take_error().unwrap().expect("going down is told");
    assert_eq!(error.raw_os_error(), Some(libc::ENETDOWN));
    link::set_up(&cable.a, "a0").await.unwrap();
    link::wait_until(&cable.a, "a0", Condition::Carrier, PATIENCE)
        .await
        .unwrap();
    eventually("the ring is empty again", || {
        a.flush().unwrap();
        !a.has_marked()
    });
    send(&mut a, &frame(9, 60));
    assert!(receive(&mut b, 1) == [frame(9, 60)], "a stale frame came");
}

async fn moved() {
    let cable = Cable::plug("moved", 1500).await;
    let mut a = crate::support::open(&cable.a, "a0", RingConfig::for_mtu(1500)).await;
    let elsewhere = quiet("moved-c").await;
    link::move_to(&cable.a, "a0", &elsewhere).await.unwrap();
    let error = a.take_error().unwrap().expect("the loss is told");
    assert_eq!(error.raw_os_error(), Some(libc::ENETDOWN));
    mark(&mut a, 1).unwrap();
    a.flush().unwrap();
    assert!(!a.has_marked());
    let unsent = Unsent {
        discarded: 1,
        refused: 0,
    };
    assert_eq!(a.take_unsent(), unsent);
    assert_eq!(a.take_unsent(), Unsent::default());
}

/// The cable is deleted and plugged anew: other indexes, the same names.
async fn made_anew() {
    let cable = Cable::plug("anew", 1500).await;
    let mut a = crate::support::open(&cable.a, "a0", RingConfig::for_mtu(1500)).await;
    let first = crate::support::interface(&cable.a, "a0").await;
    link::delete(&cable.a, "a0").await.unwrap();
    mark(&mut a, 1).unwrap();
    a.flush().unwrap();
    cable.plug_again(9000).await;
    let second = crate::support::interface(&cable.a, "a0").await;
    assert_ne!(first.index, second.index);
    let mut b = crate::support::open(&cable.b, "b0", RingConfig::for_mtu(1500)).await;
    let follow = move || {
        capabilities::drop_all().unwrap();
        let held = capabilities::held().unwrap();
        assert!(held.effective.is_empty() && held.permitted.is_empty());
        a.rebind(&second).unwrap();
        a
    };
    // A thread of its own: the others keep what they have.
    let mut a = std::thread::spawn(follow).join().unwrap();
    assert!(a.largest_mtu() >= 1500 && a.largest_mtu() < 9000);
    send(&mut a, &frame(2, 60));
    assert!(receive(&mut b, 1) == [frame(2, 60)], "a stale frame came");
    send(&mut b, &frame(3, 60));
    assert!(receive(&mut a, 1) == [frame(3, 60)]);
}
