//! Links: made across namespaces, moved, bridged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use linux_net::link::{self, BridgeConfig, BridgePort, Condition, VethEnd};
use linux_net::packet_socket::RingConfig;
use linux_net::undo::Undo;
use linux_net::{Error, address, neighbour, offload, sysctl};

use crate::support::{Cable, MAC_A, MAC_B, PATIENCE, frame, open, quiet, receive, send, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_cable_is_made_with_both_ends_in_place", both_ends),
        trial("a_moved_end_arrives_down_and_works_when_up", moved),
        trial("bridge_ports_reach_forwarding", bridge),
        trial("errors_carry_the_words_of_the_kernel", errors),
        trial("waiting_ends_at_the_deadline", deadline),
        trial("offloads_are_off", offloads),
        trial("changes_are_taken_back_in_reverse", undo),
        trial("settings_are_those_of_the_namespace", settings),
    ]
}

async fn both_ends() {
    let cable = Cable::plug("ends", 1462).await;
    let a = link::get(&cable.a, "a0").await.unwrap();
    let b = link::get(&cable.b, "b0").await.unwrap();
    assert_eq!((a.mac, a.mtu), (MAC_A, 1462));
    assert_eq!((b.mac, b.mtu), (MAC_B, 1462));
    assert!(a.is_up && b.is_up && a.has_carrier && b.has_carrier);
    assert_eq!(link::find(&cable.a, "b0").await.unwrap(), None);
    link::delete(&cable.a, "a0").await.unwrap();
    let gone = link::wait_until(&cable.b, "b0", Condition::Gone, PATIENCE).await;
    assert_eq!(gone.unwrap(), None);
}

async fn moved() {
    let cable = Cable::plug("move", 1500).await;
    let third = quiet("move-c").await;
    let before = link::get(&cable.b, "b0").await.unwrap();
    let started = Instant::now();
    link::move_to(&cable.b, "b0", &third).await.unwrap();
    let took = started.elapsed();
    assert_eq!(link::find(&cable.b, "b0").await.unwrap(), None);
    let after = link::get(&third, "b0").await.unwrap();
    assert!(!after.is_up && after.master.is_none());
    assert_eq!((after.mac, after.mtu), (before.mac, before.mtu));
    println!(
        "moved a veth end in {took:?}; index {} -> {}",
        before.index, after.index
    );
    link::set_up(&third, "b0").await.unwrap();
    link::wait_until(&cable.a, "a0", Condition::Carrier, PATIENCE)
        .await
        .unwrap();
    let mut a = open(&cable.a, "a0", RingConfig::for_mtu(1500)).await;
    let mut b = open(&third, "b0", RingConfig::for_mtu(1500)).await;
    send(&mut a, &frame(1, 60));
    assert!(receive(&mut b, 1) == [frame(1, 60)]);
}

async fn bridge() {
    let site = quiet("bridge-site").await;
    let config = BridgeConfig {
        ageing_time: Duration::from_secs(20),
        mtu: 1500,
    };
    link::add_bridge(&site, "br100", config).await.unwrap();
    link::set_up(&site, "br100").await.unwrap();
    let mut hosts = Vec::new();
    for (name, mac) in [("h1", MAC_A), ("h2", MAC_B)] {
        let host = quiet(&format!("bridge-{name}")).await;
        let end = |namespace, name, mac| VethEnd {
            namespace,
            name,
            mac,
            mtu: 1500,
        };
        let mut port_mac = mac.octets();
        port_mac[1] = 1;
        link::add_veth(
            end(&host, "eth0", mac),
            end(&site, name, wire::MacAddr::new(port_mac)),
        )
        .await
        .unwrap();
        link::set_up(&host, "eth0").await.unwrap();
        link::set_master(&site, name, Some("br100")).await.unwrap();
        link::set_up(&site, name).await.unwrap();
        hosts.push(host);
    }
    for name in ["h1", "h2"] {
        let port = link::wait_until(&site, name, Condition::Forwarding, PATIENCE)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(port.bridge_port, Some(BridgePort::Forwarding));
    }
    let read = |file: &'static str| {
        site.run(move || std::fs::read_to_string(format!("/sys/class/net/br100/bridge/{file}")))
    };
    // Where /sys is the lab's own; it shows the namespace it was mounted in.
    if let Ok(ageing) = read("ageing_time").await.unwrap() {
        assert_eq!(ageing.trim(), "2000");
    }
    let mut a = open(&hosts[0], "eth0", RingConfig::for_mtu(1500)).await;
    let mut b = open(&hosts[1], "eth0", RingConfig::for_mtu(1500)).await;
    send(&mut a, &frame(5, 100));
    assert!(receive(&mut b, 1) == [frame(5, 100)]);
    link::set_master(&site, "h1", None).await.unwrap();
    let port = link::get(&site, "h1").await.unwrap();
    assert_eq!((port.master, port.bridge_port), (None, None));
}

async fn errors() {
    let cable = Cable::plug("errors", 1500).await;
    let too_large = link::set_mtu(&cable.a, "a0", 1 << 20).await.unwrap_err();
    let Error::Netlink { text, .. } = &too_large else {
        panic!("{too_large:?}");
    };
    assert!(text.contains("mtu"), "{text:?}");
    let taken = link::add_bridge(&cable.a, "a0", BridgeConfig::default())
        .await
        .unwrap_err();
    assert_eq!(taken.raw_os_error(), Some(libc::EEXIST));
    let missing = link::set_up(&cable.a, "nope").await.unwrap_err();
    assert_eq!(missing.raw_os_error(), Some(libc::ENODEV));
    assert!(missing.to_string().contains("nope") && missing.to_string().contains("errors-a"));
    let ip = "192.0.2.1".parse().unwrap();
    address::add(&cable.a, "a0", ip, 24).await.unwrap();
    let twice = address::add(&cable.a, "a0", ip, 24).await.unwrap_err();
    assert_eq!(twice.raw_os_error(), Some(libc::EEXIST));
    let neighbour = "192.0.2.2".parse().unwrap();
    for mac in [MAC_A, MAC_B] {
        neighbour::add_permanent(&cable.a, "a0", neighbour, mac)
            .await
            .unwrap();
    }
}

async fn deadline() {
    let namespace = quiet("deadline").await;
    let within = Duration::from_millis(20);
    let error = link::wait_until(&namespace, "lo", Condition::Gone, within)
        .await
        .unwrap_err();
    let Error::Deadline { waited, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*waited, within);
    assert!(error.to_string().contains("Gone of link lo"), "{error}");
}

async fn offloads() {
    let cable = Cable::plug("offload", 1500).await;
    let refused = offload::disable_tx(&cable.a, "a0").await.unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    let missing = offload::disable_tx(&cable.a, "nope").await.unwrap();
    assert_eq!(missing.len(), 4, "nothing can be turned off there");
}

async fn undo() {
    let site = Arc::new(quiet("undo").await);
    let mut undo = Undo::new();
    for name in ["br1", "br2"] {
        let bridge = BridgeConfig::default();
        link::add_bridge(&site, name, bridge).await.unwrap();
        let of = Arc::clone(&site);
        undo.push(format!("delete bridge {name}"), async move {
            link::delete(&of, name).await
        });
    }
    link::delete(&site, "br2").await.unwrap();
    let failures = undo.roll_back().await;
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].what, "delete bridge br2");
    assert_eq!(link::find(&site, "br1").await.unwrap(), None);
}

async fn settings() {
    let one = quiet("settings-a").await;
    let other = quiet("settings-b").await;
    let path = "net/ipv4/conf/all/arp_accept";
    sysctl::write(&one, path, "1").await.unwrap();
    assert_eq!(sysctl::read(&one, path).await.unwrap(), "1");
    assert_eq!(sysctl::read(&other, path).await.unwrap(), "0");
    for bad in ["kernel/hostname", "net/../kernel/hostname", "net/nope"] {
        assert!(sysctl::write(&one, bad, "1").await.is_err(), "{bad}");
    }
}
