//! The kernel's tables, and what it does with GRE that nobody, or somebody, waits for.

use std::net::Ipv4Addr;
use std::time::Instant;

use libtest_mimic::Trial;
use linux_net::capture_socket::{CaptureConfig, CaptureSocket};
use linux_net::gre_socket::GreSocket;
use linux_net::route::{self, Change, NextHop, Underlay};
use linux_net::{Error, address};

use crate::support::{Cable, MAC_B, PATIENCE, interface, readable, trial};

const A: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const B: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const BEYOND: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 9);
const GRE: u8 = 47;
const ICMP: u8 = 1;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("an_unknown_neighbour_is_resolved_by_the_slow_path", resolve),
        trial("a_gateway_is_the_next_hop", gateway),
        trial("peers_without_a_way_are_named", no_way),
        trial("an_open_gre_socket_keeps_icmp_quiet", icmp),
        trial("a_gre_packet_longer_than_the_mtu_is_an_error", too_long),
    ]
}

async fn addressed(name: &str) -> Cable {
    let cable = Cable::plug(name, 1500).await;
    address::add(&cable.a, "a0", A, 24).await.unwrap();
    address::add(&cable.b, "b0", B, 24).await.unwrap();
    cable
}

async fn underlay(cable: &Cable) -> Underlay {
    cable.a.run(Underlay::open).await.unwrap().unwrap()
}

async fn resolve() {
    let cable = addressed("resolve").await;
    let mut underlay = underlay(&cable).await;
    let index = interface(&cable.a, "a0").await.index;
    let unresolved = NextHop {
        interface: index,
        source: A,
        gateway_or_peer: B,
        mtu: 1500,
        mac: None,
    };
    assert_eq!(underlay.next_hop(B).unwrap(), unresolved);
    underlay.drain_changes().unwrap();
    assert_eq!(underlay.drain_changes().unwrap(), Change::None);
    let socket = cable.a.run(GreSocket::open).await.unwrap().unwrap();
    socket.send_to(B, &[0, 0, 0x65, 0x58]).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let resolved = loop {
        assert!(readable(&underlay, deadline), "the neighbour stays unknown");
        if underlay.drain_changes().unwrap() == Change::None {
            continue;
        }
        let hop = underlay.next_hop(B).unwrap();
        if hop.mac.is_some() {
            break hop;
        }
    };
    let mac = Some(MAC_B);
    assert_eq!(resolved, NextHop { mac, ..unresolved });
}

async fn gateway() {
    let cable = addressed("gateway").await;
    let mut underlay = underlay(&cable).await;
    underlay.drain_changes().unwrap();
    let network = Ipv4Addr::new(198, 51, 100, 0);
    route::add_v4(&cable.a, network, 24, B).await.unwrap();
    assert!(readable(&underlay, Instant::now() + PATIENCE));
    assert_eq!(underlay.drain_changes().unwrap(), Change::LookUpAgain);
    let hop = underlay.next_hop(BEYOND).unwrap();
    assert_eq!((hop.gateway_or_peer, hop.source), (B, A));
    linux_net::neighbour::add_permanent(&cable.a, "a0", B, MAC_B)
        .await
        .unwrap();
    assert_eq!(underlay.next_hop(BEYOND).unwrap().mac, Some(MAC_B));
}

async fn no_way() {
    let cable = addressed("noway").await;
    let mut underlay = underlay(&cable).await;
    assert!(matches!(underlay.next_hop(BEYOND), Err(Error::NoRoute(p)) if p == BEYOND));
    assert!(matches!(underlay.next_hop(A), Err(Error::LocalPeer(p)) if p == A));
}

async fn too_long() {
    let cable = addressed("toolong").await;
    let socket = cable.a.run(GreSocket::open).await.unwrap().unwrap();
    let error = socket.send_to(B, &[0; 1481]).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));
    socket.send_to(B, &[0; 1480]).unwrap();
}

/// Without a socket B answers "protocol unreachable"; with one it does not. A ping's answer behind
/// it ends the waiting: B answers in order.
async fn icmp() {
    let cable = addressed("icmp").await;
    assert!(unreachable_after_gre(&cable).await);
    let socket = cable.b.run(GreSocket::open).await.unwrap().unwrap();
    assert!(!unreachable_after_gre(&cable).await);
    drop(socket);
}

async fn unreachable_after_gre(cable: &Cable) -> bool {
    let on = interface(&cable.a, "a0").await;
    cable
        .a
        .run(move || {
            let mut capture = CaptureSocket::open(&on, CaptureConfig::default()).unwrap();
            let gre = GreSocket::open().unwrap();
            gre.send_to(B, &[0, 0, 0x65, 0x58]).unwrap();
            ping(B);
            let deadline = Instant::now() + PATIENCE;
            let (mut left, mut unreachable) = (false, false);
            loop {
                assert!(readable(&capture, deadline), "no answer to the ping");
                let Some(frame) = capture.receive() else {
                    continue;
                };
                let protocol = frame.data().get(23).copied();
                left |= protocol == Some(GRE);
                let kind = (protocol == Some(ICMP)).then(|| frame.data()[34..36].to_vec());
                unreachable |= kind.as_deref() == Some(&[3, 2]);
                if kind.is_some_and(|k| k[0] == 0) {
                    assert!(left, "the GRE packet was not seen to leave");
                    return unreachable;
                }
            }
        })
        .await
        .unwrap()
}

fn ping(peer: Ipv4Addr) {
    use rustix::net::{AddressFamily, SendFlags, SocketType, ipproto, sendto, socket};
    let socket = socket(AddressFamily::INET, SocketType::RAW, Some(ipproto::ICMP)).unwrap();
    let echo = [8, 0, 0xf7, 0xff, 0, 0, 0, 0];
    let to = std::net::SocketAddrV4::new(peer, 0);
    sendto(&socket, &echo, SendFlags::empty(), &to).unwrap();
}
