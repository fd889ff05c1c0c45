//! What a reload changes, and what it refuses by name.

use core::time::Duration;

use super::*;
use crate::{AnnouncementMessage, Mode, SitePortConfig, TimerProfile};

/// What a test changes of a configuration.
type Edit = fn(&mut EdgeConfig);

const FULL: &str = r#"
name = "ed-a"
system_id = "0200.0000.0001"
public = { interface = "uplink0", address = "192.0.2.1" }

[[site_port]]
name = "port1"
interface = "site1"
access_vlan = 100

[[evi_link]]
name = "evi-link1"
peer = "192.0.2.2"

[[evi_link]]
name = "evi-link2"
peer = "192.0.2.3"
"#;

fn full() -> EdgeConfig {
    toml::from_str(FULL).unwrap()
}

fn changed(change: impl FnOnce(&mut EdgeConfig)) -> Result<Vec<String>, Vec<String>> {
    let (old, mut new) = (full(), full());
    change(&mut new);
    let texts = |list: Vec<ConfigChange>| list.iter().map(ToString::to_string).collect();
    let errors = |list: Vec<ReloadError>| list.iter().map(ToString::to_string).collect();
    old.changes_to(&new).map(texts).map_err(errors)
}

fn refused(change: impl FnOnce(&mut EdgeConfig)) -> Vec<String> {
    changed(change).expect_err("it cannot change")
}

#[test]
fn the_same_configuration_changes_nothing() {
    assert_eq!(changed(|_| ()), Ok(vec![]));
    let moved = changed(|c| c.evi_links.reverse());
    assert_eq!(moved, Ok(vec![]), "the order of links means nothing");
}

/// One key of each kind; every key of `[mobility]`, so that a new one is not forgotten by chance.
#[test]
fn a_changed_value_is_told_with_what_it_was() {
    let changes = changed(|c| {
        c.mode = Mode::IgpOnly;
        c.mac_ageing = Duration::from_secs(120);
        c.mac_limit = 7;
        c.igp.profile = TimerProfile::Frr;
        c.igp.timers.hello_interval = Some(Duration::from_secs(1));
        c.mobility.flood_hold = Duration::from_secs(5);
        c.mobility.announcement_repeats = 1;
        c.mobility.announcement_interval = Duration::from_millis(50);
        c.mobility.announcement_message = AnnouncementMessage::Evi;
        c.mobility.announcements_per_mac.burst = 7;
        c.mobility.announcements_per_port.burst = 8;
        c.mobility.announcements_per_link.per_second = 9;
        c.mobility.arp_suppression = false;
        c.mobility.arp_ageing = Duration::from_secs(60);
        c.mobility.arp_limit = 8;
        c.mobility.dampening_moves = 0;
        c.mobility.dampening_window = Duration::from_secs(60);
        c.mobility.freeze_time = Duration::from_secs(60);
    });
    let expected = [
        "igp.profile: comware-v5 -> frr",
        "igp.timers.hello_interval: not set -> 1s",
        "mac_ageing: 5m -> 2m",
        "mac_limit: 65536 -> 7",
        "mobility.announcement_interval: 100ms -> 50ms",
        "mobility.announcement_message: garp -> evi",
        "mobility.announcement_repeats: 3 -> 1",
        "mobility.announcements_per_link.per_second: 5000 -> 9",
        "mobility.announcements_per_mac.burst: 50 -> 7",
        "mobility.announcements_per_port.burst: 10000 -> 8",
        "mobility.arp_ageing: 20m -> 1m",
        "mobility.arp_limit: 65536 -> 8",
        "mobility.arp_suppression: true -> false",
        "mobility.dampening_moves: 5 -> 0",
        "mobility.dampening_window: 3m -> 1m",
        "mobility.flood_hold: 30s -> 5s",
        "mobility.freeze_time: 9m -> 1m",
        "mode: garp-flood -> igp-only",
    ];
    assert_eq!(changes.unwrap(), expected);
}

#[test]
fn a_link_is_known_by_its_peer() {
    let changes = changed(|c| {
        c.evi_links[0].name = "to-b".to_owned();
        c.evi_links[1].peer = Ipv4Addr::new(192, 0, 2, 4);
    });
    let expected = [
        "EVI link evi-link2 to 192.0.2.3: removed",
        "EVI link to 192.0.2.2: evi-link1 -> to-b",
        "EVI link evi-link2 to 192.0.2.4: added",
    ];
    assert_eq!(changes.unwrap(), expected);
}

#[test]
fn a_changed_key_is_told_and_no_key_ever_is() {
    let secret = |c: &mut EdgeConfig| c.igp.authentication = "a secret".parse().ok();
    assert_eq!(changed(secret).unwrap(), ["igp.authentication: changed"]);
}

#[test]
fn what_is_fixed_at_the_start_is_refused_by_name() {
    let cases: [(Edit, &str); 7] = [
        (
            |c| c.name = "ed-b".to_owned(),
            "name cannot change from ed-a to ed-b",
        ),
        (
            |c| c.system_id = "0200.0000.0009".parse().unwrap(),
            "system_id cannot change from 0200.0000.0001 to 0200.0000.0009",
        ),
        (
            |c| c.public.interface = "eth9".to_owned(),
            "public.interface cannot",
        ),
        (
            |c| c.public.address = [192, 0, 2, 9].into(),
            "public.address cannot",
        ),
        (
            |c| c.public.bypass_qdisc = true,
            "public.bypass_qdisc cannot change from false to true",
        ),
        (|c| c.igp.area = "49.0002".to_owned(), "igp.area cannot"),
        (
            |c| c.site_ports[0].interface = "site9".to_owned(),
            "site_port.port1.interface cannot change from site1 to site9",
        ),
    ];
    for (change, expected) in cases {
        let errors = refused(change);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with(expected), "{errors:?}");
        assert!(errors[0].ends_with("or restart the device"), "{errors:?}");
    }
}

#[test]
fn a_site_port_more_or_less_is_refused_and_told_by_its_name() {
    let more = refused(|c| {
        let port = SitePortConfig {
            name: "port2".to_owned(),
            interface: "site2".to_owned(),
            ..c.site_ports[0].clone()
        };
        c.site_ports.push(port);
    });
    assert!(
        more[0].starts_with("site_port.port2 cannot change from not set"),
        "{more:?}"
    );
    let less = refused(|c| c.site_ports.clear());
    assert!(less[0].starts_with("site_port.port1 cannot"), "{less:?}");
}

#[test]
fn where_the_is_is_of_a_link_runs_is_fixed() {
    let circuit = crate::IsisCircuitConfig {
        name: "core1".to_owned(),
        interface: "core0".to_owned(),
        address: [198, 51, 100, 1].into(),
    };
    let added = refused(|c| c.isis_circuits.push(circuit.clone()));
    assert!(added[0].starts_with("isis_circuit"), "{added:?}");
    let other = refused(|c| {
        c.isis_circuits.push(circuit.clone());
        c.evi_links[0].isis = false;
    });
    let says = "evi_link.evi-link1.isis cannot change from true to false";
    assert!(other.iter().any(|e| e.starts_with(says)), "{other:?}");
    // Only a device that follows the link-state graph can find the device behind such a link.
    let mut old = full();
    old.isis_circuits.push(circuit);
    let mut new = old.clone();
    new.evi_links.push(EviLinkConfig {
        name: "evi-link3".to_owned(),
        peer: [192, 0, 2, 4].into(),
        isis: false,
    });
    assert!(old.changes_to(&new).is_err());
    old.evi_links[0].isis = false;
    new.evi_links[0].isis = false;
    assert_eq!(old.changes_to(&new).map(|changes| changes.len()), Ok(1));
}

/// What is wrong and what cannot change is said at once, and with it nothing changes.
#[test]
fn everything_that_stands_against_a_reload_is_said_at_once() {
    let errors = refused(|c| {
        c.mode = Mode::IgpOnly;
        c.mac_limit = 0;
        c.evi_links[0].peer = c.public.address;
        c.name = "ed-b".to_owned();
    });
    assert_eq!(errors.len(), 3, "{errors:?}");
    for part in ["mac_limit = `0`", "own address", "name cannot"] {
        assert!(
            errors.iter().any(|e| e.contains(part)),
            "{part}: {errors:?}"
        );
    }
}

#[test]
fn what_no_file_can_hold_is_refused_and_not_taken_for_no_change() {
    let errors = refused(|c| c.mac_limit = usize::MAX);
    assert!(errors[0].contains("cannot be compared"), "{errors:?}");
}

#[test]
fn reloads_are_counted_by_what_came_of_them() {
    let mut reloads = Reloads::default();
    let refused = ReloadOutcome::Refused {
        errors: vec!["no".to_owned()],
    };
    reloads.note(Timestamp::from_nanos(1), refused);
    let done = ReloadOutcome::Done { changes: vec![] };
    reloads.note(Timestamp::from_nanos(2), done.clone());
    assert_eq!((reloads.done, reloads.refused), (1, 1));
    let last = reloads.last.clone().unwrap();
    assert_eq!((last.at, last.outcome), (Timestamp::from_nanos(2), done));
    let text = serde_json::to_string(&reloads).unwrap();
    assert_eq!(serde_json::from_str::<Reloads>(&text).unwrap(), reloads);
}
