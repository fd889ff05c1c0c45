//! A configuration as people write it, and what is refused.

use wire::VlanId;

use super::*;

const FULL: &str = r#"
name = "ed-a"
system_id = "0200.0000.0001"
mode = "igp-only"
mac_ageing = "2m"
mac_limit = 100
local_vlans = ["301-302"]

[public]
interface = "uplink0"
address = "192.0.2.1"
bypass_qdisc = true

[igp]
profile = "frr"
area = "49.0002"

[igp.timers]
hello_interval = "1s"

[mobility]
flood_hold = "10s"
announcement_message = "evi"
announcements_per_mac = { per_second = 1, burst = 2 }
announcements_per_port = { per_second = 3, burst = 4 }
announcements_per_link = { per_second = 5, burst = 6 }
arp_suppression = false

[[site_port]]
name = "port1"
interface = "site1"
access_vlan = 100

[[site_port]]
name = "port2"
interface = "site2"
trunk_vlans = [100, 200, "300-310"]
native_vlan = 200

[[evi_link]]
name = "evi-link1"
peer = "192.0.2.2"
isis = false

[[isis_circuit]]
name = "core1"
interface = "core0"
address = "198.51.100.1"

[[static_mac]]
vlan = 100
mac = "02:00:00:00:00:01"
port = "port1"
"#;

const LEAST: &str = r#"
name = "ed-a"
system_id = "0200.0000.0001"
public = { interface = "uplink0", address = "192.0.2.1" }
"#;

fn full() -> EdgeConfig {
    toml::from_str(FULL).unwrap()
}

fn errors_of(change: impl FnOnce(&mut EdgeConfig)) -> Vec<String> {
    let mut config = full();
    change(&mut config);
    let errors = config.validate().err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn toml_goes_both_ways() {
    let config = full();
    assert_eq!(config.validate(), Ok(()));
    let text = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<EdgeConfig>(&text).unwrap(), config);
}

#[test]
fn every_key_is_read() {
    let config = full();
    assert_eq!(config.mode, Mode::IgpOnly);
    assert_eq!(config.mac_ageing, Duration::from_secs(120));
    assert_eq!(config.mac_limit, 100);
    assert!(config.public.bypass_qdisc);
    assert_eq!(config.igp.profile, TimerProfile::Frr);
    assert_eq!(config.igp.area, "49.0002");
    let timers = config.igp.effective_timers().unwrap();
    assert_eq!(timers.hello_interval, Duration::from_secs(1));
    assert_eq!(
        timers.lsp_generation,
        TimerProfile::Frr.timers().lsp_generation
    );
    assert_eq!(config.mobility.flood_hold, Duration::from_secs(10));
    let rate = |per_second, burst| RateLimit { per_second, burst };
    let mobility = &config.mobility;
    assert_eq!(mobility.announcement_message, AnnouncementMessage::Evi);
    assert_eq!(mobility.announcements_per_mac, rate(1, 2));
    assert_eq!(mobility.announcements_per_port, rate(3, 4));
    assert_eq!(mobility.announcements_per_link, rate(5, 6));
    assert!(!mobility.arp_suppression);
    assert_eq!(config.static_macs[0].mac.octets(), [2, 0, 0, 0, 0, 1]);
    let link = &config.evi_links[0];
    assert_eq!((link.peer, link.isis), (Ipv4Addr::new(192, 0, 2, 2), false));
    let circuit = &config.isis_circuits[0];
    assert_eq!((&*circuit.name, &*circuit.interface), ("core1", "core0"));
    assert_eq!(circuit.address, Ipv4Addr::new(198, 51, 100, 1));
    let vlan = |id| VlanId::new(id).unwrap();
    assert_eq!(config.site_ports[0].vlans, PortVlans::Access(vlan(100)));
    let trunk = PortVlans::Trunk {
        vlans: [100, 200].into_iter().chain(300..=310).map(vlan).collect(),
        native: Some(vlan(200)),
    };
    assert_eq!(config.site_ports[1].vlans, trunk);
    let local: VlanSet = [301, 302].into_iter().map(vlan).collect();
    assert_eq!(config.local_vlans, local);
}

#[test]
fn a_port_is_an_access_port_or_a_trunk() {
    let error_of = |keys: &str| {
        let text = FULL.replace("access_vlan = 100", keys);
        toml::from_str::<EdgeConfig>(&text).unwrap_err().to_string()
    };
    for (keys, says) in [
        ("", "`port1` is of no kind: set `access_vlan"),
        ("native_vlan = 100", "`port1` is of no kind"),
        ("access_vlan = 1\ntrunk_vlans = [2]", "keep one of them"),
        (
            "access_vlan = 1\nnative_vlan = 1",
            "an access port and has a `native_vlan`",
        ),
        ("access_vlan = 4095", "4095 is not a VLAN ID"),
        ("trunk_vlans = [\"9-8\"]", "lowest first"),
        ("trunk_vlans = 9", "a list of VLANs"),
    ] {
        let error = error_of(keys);
        assert!(error.contains(says), "{keys}: {error}");
    }
}

#[test]
fn vlans_that_no_port_carries_are_refused() {
    let with = |keys: &str, vlans: &str| {
        let text = FULL.replace("access_vlan = 100", keys);
        let text = text.replace("[\"301-302\"]", vlans);
        let mut config: EdgeConfig = toml::from_str(&text).unwrap();
        config.static_macs.clear();
        let errors = config.validate().err().unwrap_or_default();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let none = Vec::<String>::new();
    assert_eq!(with("trunk_vlans = [9]\nnative_vlan = 9", "[9]"), none);
    let empty = with("trunk_vlans = []", "[]");
    assert_eq!(empty.len(), 1);
    assert!(
        empty[0].contains("trunk_vlans") && empty[0].contains("port1"),
        "{empty:?}"
    );
    let native = with("trunk_vlans = [8]\nnative_vlan = 9", "[]");
    assert_eq!(native.len(), 1);
    assert!(native[0].contains("native_vlan = `9`"), "{native:?}");
    let local = with("trunk_vlans = [8]", "[8, 9, \"309-312\"]");
    assert_eq!(local.len(), 1);
    assert!(local[0].contains("local_vlans = `9, 311-312`"), "{local:?}");
}

#[test]
fn a_key_is_read_and_never_told() {
    let text = FULL.replace("[igp]", "[igp]\nauthentication = \"a secret\"");
    let config: EdgeConfig = toml::from_str(&text).unwrap();
    assert!(config.igp.authentication.is_some());
    for told in [toml::to_string(&config).unwrap(), format!("{config:?}")] {
        assert!(!told.contains("secret"), "{told}");
    }
    let empty = FULL.replace("[igp]", "[igp]\nauthentication = \"\"");
    assert!(toml::from_str::<EdgeConfig>(&empty).is_err());
}

#[test]
fn what_is_left_out_has_a_default() {
    let config: EdgeConfig = toml::from_str(LEAST).unwrap();
    assert_eq!(config.validate(), Ok(()));
    assert_eq!(config.mode, Mode::GarpFlood);
    assert_eq!(config.mac_ageing, Duration::from_secs(300));
    assert_eq!((config.igp, config.mobility), Default::default());
    assert!(config.site_ports.is_empty() && config.evi_links.is_empty());
}

#[test]
fn unknown_keys_are_refused_by_name_in_every_table() {
    for table in [
        "",
        "public",
        "igp",
        "igp.timers",
        "mobility",
        "site_port",
        "evi_link",
        "isis_circuit",
        "static_mac",
    ] {
        let header = match table {
            "" => String::new(),
            "site_port" | "evi_link" | "isis_circuit" | "static_mac" => format!("[[{table}]]"),
            _ => format!("[{table}]"),
        };
        let text = FULL.replacen(&header, &format!("{header}\nfloood = 1\n"), 1);
        let error = toml::from_str::<EdgeConfig>(&text).unwrap_err().to_string();
        assert!(error.contains("floood"), "{table}: {error}");
    }
}

#[test]
fn values_that_no_device_can_use_are_refused() {
    let one = |errors: Vec<String>| match <[String; 1]>::try_from(errors) {
        Ok([error]) => error,
        Err(errors) => panic!("{errors:?}"),
    };
    let cases = [
        (
            one(errors_of(|c| c.mac_ageing = Duration::ZERO)),
            "mac_ageing",
        ),
        (one(errors_of(|c| c.mac_limit = 0)), "mac_limit"),
        (
            one(errors_of(|c| c.mobility.flood_hold = Duration::ZERO)),
            "mobility.flood_hold",
        ),
        (
            one(errors_of(|c| c.igp.area = "49.1".to_owned())),
            "igp.area",
        ),
        (
            one(errors_of(|c| {
                c.igp.timers.hello_interval = Some(Duration::ZERO)
            })),
            "igp.timers",
        ),
        (
            one(errors_of(|c| c.evi_links[0].peer = Ipv4Addr::BROADCAST)),
            "evi_link.peer",
        ),
        (
            one(errors_of(|c| c.public.address = Ipv4Addr::UNSPECIFIED)),
            "public.address",
        ),
        (
            one(errors_of(|c| c.evi_links[0].peer = c.public.address)),
            "own address",
        ),
        (
            one(errors_of(|c| c.evi_links[0].name = "port1".to_owned())),
            "port name `port1`",
        ),
        (
            one(errors_of(|c| {
                c.site_ports[0].name = "uplink".to_owned();
                c.static_macs[0].port = "uplink".to_owned();
            })),
            "port name `uplink`",
        ),
        (
            one(errors_of(|c| {
                c.site_ports[0].interface = "uplink0".to_owned()
            })),
            "interface",
        ),
        (
            one(errors_of(|c| {
                let mut twin = c.evi_links[0].clone();
                twin.name = "evi-link2".to_owned();
                c.evi_links.push(twin);
            })),
            "EVI peer `192.0.2.2`",
        ),
    ];
    for (error, names) in cases
        .into_iter()
        .chain(circuit_cases().map(|(e, n)| (one(e), n)))
    {
        assert!(error.contains(names), "{names}: {error}");
    }
}

fn circuit_cases() -> [(Vec<String>, &'static str); 5] {
    [
        (
            errors_of(|c| c.isis_circuits[0].address = Ipv4Addr::UNSPECIFIED),
            "isis_circuit.address",
        ),
        (
            errors_of(|c| c.isis_circuits[0].interface = "site1".to_owned()),
            "interface of an IS-IS circuit `site1`",
        ),
        (
            errors_of(|c| {
                let mut twin = c.isis_circuits[0].clone();
                twin.name = "core2".to_owned();
                c.isis_circuits.push(twin);
            }),
            "interface of an IS-IS circuit `core0`",
        ),
        (
            errors_of(|c| c.isis_circuits[0].name = "port1".to_owned()),
            "port name `port1`",
        ),
        (
            errors_of(|c| c.isis_circuits.clear()),
            "false, of `evi-link1`",
        ),
    ]
}

#[test]
fn an_is_is_circuit_may_be_on_the_public_interface() {
    let errors = errors_of(|c| c.isis_circuits[0].interface = "uplink0".to_owned());
    assert_eq!(errors, [""; 0]);
}

#[test]
fn an_evi_link_has_is_is_unless_it_says_otherwise() {
    let config: EdgeConfig = toml::from_str(&FULL.replace("isis = false", "")).unwrap();
    assert!(config.evi_links[0].isis);
    assert!(!toml::to_string(&config).unwrap().contains("isis = "));
}

#[test]
fn d_6_rates_and_static_macs_that_no_device_can_use_are_refused() {
    type Change = fn(&mut EdgeConfig);
    let cases: [(Change, &str); 7] = [
        (
            |c| c.mobility.announcements_per_mac.burst = 0,
            "announcements_per_mac",
        ),
        (
            |c| c.mobility.announcements_per_port.per_second = 0,
            "announcements_per_port",
        ),
        (
            |c| c.mobility.announcements_per_link.burst = 2_000_000,
            "announcements_per_link",
        ),
        (
            |c| c.static_macs[0].port = "port9".to_owned(),
            "static_mac.port = `port9`",
        ),
        (
            |c| c.static_macs[0].vlan = VlanId::new(7).unwrap(),
            "use a VLAN that port port1 carries: 100",
        ),
        (
            |c| c.static_macs[0].mac = wire::MacAddr::BROADCAST,
            "static_mac.mac",
        ),
        (
            |c| c.static_macs.push(c.static_macs[0].clone()),
            "static MAC `100 02:00:00:00:00:01`",
        ),
    ];
    for (change, names) in cases {
        let errors = errors_of(change);
        assert!(
            errors.len() == 1 && errors[0].contains(names),
            "{names}: {errors:?}"
        );
    }
    let errors = errors_of(|config| {
        config.mac_limit = 1;
        let mut second = config.static_macs[0].clone();
        second.mac = wire::MacAddr::new([2, 0, 0, 0, 0, 2]);
        config.static_macs.push(second);
    });
    assert_eq!(
        errors,
        ["mac_limit = `1`: use 2 or more: there are so many static MACs"]
    );
}

#[test]
fn more_interfaces_than_can_be_numbered_are_refused() {
    let errors = errors_of(|config| {
        let port = |n: u16| SitePortConfig {
            name: format!("p{n}"),
            interface: format!("i{n}"),
            vlans: config.site_ports[0].vlans.clone(),
            optional: false,
        };
        config.site_ports = (0..4097).map(port).collect();
        config.local_vlans = VlanSet::default();
        config.static_macs.clear();
    });
    assert_eq!(errors, ["4097 site ports: at most 4096 are possible"]);
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let errors = errors_of(|config| {
        config.mac_limit = 0;
        config.mac_ageing = Duration::ZERO;
        config.evi_links[0].peer = config.public.address;
    });
    assert_eq!(errors.len(), 3, "{errors:?}");
}

#[test]
fn modes_have_names_that_go_both_ways() {
    for mode in Mode::ALL {
        assert_eq!(mode.to_string().parse(), Ok(*mode));
        assert_eq!(serde_json::to_string(mode).unwrap(), format!("\"{mode}\""));
    }
    let error = "garp".parse::<Mode>().unwrap_err();
    assert!(error.contains("garp-flood"), "{error}");
}
