//! Plans: golden, deterministic, without clashes.

use std::collections::BTreeSet;

use edge_api::{Mode, TimerProfile};

use super::{THREE_SITE, edit, load, three_site};
use crate::plan::{INTERFACE_NAME_LIMIT, Plan};
use crate::{MigrationStyle, Topology};

const WIDE: &str = include_str!("wide.toml");

fn plans() -> Vec<Plan> {
    let wide = Topology::load("wide.toml", WIDE).unwrap();
    let replug = |t: crate::Resolved| t.with_style(MigrationStyle::Replug);
    vec![
        three_site().plan(),
        replug(three_site()).plan(),
        wide.plan(),
        replug(wide).plan(),
    ]
}

#[test]
fn three_site_plan_is_golden() {
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_json_snapshot!("three-site-plan", three_site().plan());
        let replug = three_site().with_style(MigrationStyle::Replug).plan();
        insta::assert_json_snapshot!("three-site-replug-migration", replug.migration);
    });
}

#[test]
fn the_same_topology_gives_the_same_plan() {
    let text = |plan: &Plan| toml::to_string(plan).unwrap();
    for (one, two) in plans().iter().zip(&plans()) {
        assert_eq!(text(one), text(two));
    }
}

#[test]
fn every_shipped_topology_loads() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../topologies");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let (name, text) = (
            path.display().to_string(),
            std::fs::read_to_string(&path).unwrap(),
        );
        let resolved = Topology::load(&name, &text);
        let resolved = resolved.unwrap_or_else(|d| panic!("{}", d.render(&name, &text, false)));
        assert!(resolved.warnings().is_empty(), "{}", resolved.warnings());
        assert!(
            text.starts_with('#'),
            "{name} says in its head what it shows"
        );
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn names_fit_and_are_unique() {
    for plan in plans() {
        let nodes: BTreeSet<_> = plan.namespaces.iter().map(|n| &n.node).collect();
        assert_eq!(nodes.len(), plan.namespaces.len());
        let ends = || plan.veths.iter().flat_map(|veth| [&veth.near, &veth.far]);
        let names = ends().map(|end| (&end.node, &end.name));
        let names: Vec<_> = names
            .chain(plan.bridges.iter().map(|b| (&b.node, &b.name)))
            .collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        for (node, name) in names {
            assert!(nodes.contains(node), "{node}");
            assert!(name.as_str().len() <= INTERFACE_NAME_LIMIT, "{name}");
        }
    }
}

#[test]
fn the_moved_cable_finds_its_name_free() {
    for plan in plans() {
        let migration = plan.migration.as_ref().expect("each of these has a move");
        let at = |node: &crate::plan::NodeName| {
            let ends = plan.veths.iter().flat_map(|veth| [&veth.near, &veth.far]);
            ends.filter(|end| end.node == *node && end.name == migration.cable)
                .count()
        };
        assert_eq!(at(&migration.from.node), 1);
        let moves = migration.from.node != migration.to.node;
        assert_eq!(moves, migration.style == MigrationStyle::Netns);
        assert_eq!(at(&migration.to.node), usize::from(!moves));
        for place in [&migration.from, &migration.to] {
            let found = |b: &&crate::plan::Bridge| {
                b.node == place.node && Some(&b.name) == place.bridge.as_ref()
            };
            assert_eq!(
                plan.bridges.iter().filter(found).count(),
                1,
                "{:?}",
                place.bridge
            );
        }
    }
}

#[test]
fn addresses_are_unique() {
    for plan in plans() {
        let ends = plan
            .veths
            .iter()
            .flat_map(|veth| [veth.near.mac, veth.far.mac]);
        let macs: Vec<_> = ends
            .chain(plan.bridges.iter().map(|bridge| bridge.mac))
            .collect();
        assert!(macs.iter().all(|mac| mac.is_station()));
        assert_eq!(macs.iter().collect::<BTreeSet<_>>().len(), macs.len());
        let addresses: BTreeSet<_> = plan.addresses.iter().map(|a| a.address).collect();
        assert_eq!(addresses.len(), plan.addresses.len());
        let ports: BTreeSet<_> = plan.flows.iter().map(|flow| flow.port).collect();
        assert_eq!(ports.len(), plan.flows.len());
    }
}

#[test]
fn edge_devices_are_configured_as_they_check() {
    for plan in plans() {
        let others = plan.edge_devices.len() - 1;
        let ids: BTreeSet<_> = plan
            .edge_devices
            .iter()
            .map(|d| d.config.system_id)
            .collect();
        assert_eq!(ids.len(), plan.edge_devices.len());
        for device in &plan.edge_devices {
            assert_eq!(device.config.validate(), Ok(()));
            assert_eq!(device.config.evi_links.len(), others);
            let address = plan
                .addresses
                .iter()
                .find(|a| a.node == device.node)
                .unwrap();
            assert_eq!(device.config.public.address, address.address);
        }
    }
}

#[test]
fn neighbours_are_those_of_the_vlan() {
    let plan = Topology::load("wide.toml", WIDE).unwrap().plan();
    let of = |name: &str| {
        let own = plan
            .neighbours
            .iter()
            .filter(move |n| n.node.as_str() == name);
        own.map(|n| n.address.octets()[1]).collect::<Vec<_>>()
    };
    assert_eq!(of("vm1"), [10, 10, 10]);
    assert_eq!(of("vm3"), [20]);
}

#[test]
fn settings_reach_every_edge_device() {
    let resolved = three_site()
        .with_mode(Mode::IgpOnly)
        .with_profile(TimerProfile::Cisco);
    for device in resolved.plan().edge_devices {
        assert_eq!(
            (device.config.mode, device.config.igp.profile),
            (Mode::IgpOnly, TimerProfile::Cisco)
        );
    }
    let (one, two) = (three_site().plan(), resolved.plan());
    assert_eq!(
        (one.veths, one.addresses, one.flows),
        (two.veths, two.addresses, two.flows)
    );
}

#[test]
fn the_keys_of_the_mechanism_are_those_of_the_edge_device() {
    let keys = "[mechanism]\nflood_hold = \"7s\"\nannouncement_repeats = 1\n\
        announcement_interval = \"20ms\"\nannouncement_message = \"evi\"\n\
        arp_suppression = false\narp_ageing = \"30s\"\ndampening_moves = 3\n\
        dampening_window = \"11s\"\nfreeze_time = \"13s\"\n";
    let plan = load(&edit(THREE_SITE, "[mechanism]\n", keys))
        .unwrap()
        .plan();
    for device in plan.edge_devices {
        // Said over the device's own names: a key that went elsewhere would show.
        let text = toml::to_string(&device.config.mobility).unwrap();
        for line in keys.lines().skip(1) {
            assert!(text.lines().any(|own| own == line), "{line}\n{text}");
        }
    }
}

#[test]
fn a_key_reaches_every_edge_device_and_no_text_that_is_kept() {
    let secret = "a secret of 23 letters";
    let line = format!("[igp] # authentication = \"other\"\nauthentication = \"{secret}\"\n");
    let text = edit(THREE_SITE, "[igp]\n", &line);
    let plan = load(&text).unwrap().plan();
    let written = toml::to_string(&plan).unwrap();
    assert!(!written.contains(secret) && !format!("{plan:?}").contains(secret));
    for device in plan.edge_devices {
        let key = device
            .config
            .igp
            .authentication
            .expect("every device has the key");
        assert_eq!(key.octets(), secret.as_bytes());
    }
    let kept = Topology::without_key(&text);
    assert_eq!(kept, text.replace(secret, "(not kept)"));
    load(&kept).expect("what is kept is a topology as before");
    assert_eq!(Topology::without_key(THREE_SITE), THREE_SITE);
}

#[test]
fn a_vm_that_only_receives_sends_no_flow() {
    let text = edit(THREE_SITE, "rate = 1000", "direction = \"to-vm\"");
    let flows = load(&text).unwrap().plan().flows;
    assert_eq!(flows.len(), 3);
    assert!(flows.iter().all(|flow| flow.to == flow.vm));
}

#[test]
fn the_seed_changes_derived_addresses_only() {
    let other = load(&edit(THREE_SITE, "name =", "seed = 2\nname ="))
        .unwrap()
        .plan();
    let plan = three_site().plan();
    assert_ne!(plan.veths, other.veths);
    assert_eq!(plan.addresses, other.addresses);
}

#[test]
fn derived_addresses_leave_given_ones_alone() {
    let text = edit(THREE_SITE, "address = \"10.100.0.10\"\n", "");
    let resolved = load(&text).unwrap();
    let (_, vm) = resolved.hosts().next().unwrap();
    assert_eq!(vm.address.octets(), [10, 100, 0, 4]);
}

#[test]
fn hundreds_of_sites_have_a_plan_without_clashes() {
    let mut text = "[[vlan]]\nid = 100\nprefix = \"10.100.0.0/16\"\n".to_owned();
    for i in 1..=500 {
        let role = if i % 50 == 0 { "observer" } else { "vm" };
        text += &format!(
            "[[site]]\nname = \"s{i}\"\n[[host]]\nname = \"h{i}\"\nrole = \"{role}\"\n\
             site = \"s{i}\"\nvlan = 100\n"
        );
    }
    text += "[migration]\nvm = \"h1\"\nto = \"s500\"\n";
    let plan = load(&text).unwrap().plan();
    assert_eq!(plan.edge_devices.len(), 500);
    let ids: BTreeSet<_> = plan
        .edge_devices
        .iter()
        .map(|d| d.config.system_id)
        .collect();
    assert_eq!(ids.len(), 500);
    assert_eq!(plan.edge_devices[499].config.validate(), Ok(()));
    let addresses: BTreeSet<_> = plan.addresses.iter().map(|a| a.address).collect();
    assert_eq!(addresses.len(), plan.addresses.len());
}

#[test]
fn what_is_generated_loads_without_a_warning() {
    for mesh in crate::Mesh::ALL {
        for (sites, hosts, vlans) in [(2, 2, 1), (3, 8, 4), (5, 3, 1), (100, 2, 1), (340, 3, 1)] {
            let shape = crate::Shape {
                sites,
                hosts,
                vlans,
                mesh: *mesh,
            };
            assert_eq!(shape.problem(), None);
            let text = shape.text();
            let resolved = load(&text).unwrap_or_else(|d| panic!("{}", d.render("", &text, false)));
            assert!(resolved.warnings().is_empty(), "{}", resolved.warnings());
            let plan = resolved.plan();
            assert_eq!(plan.edge_devices.len(), sites as usize);
            assert_eq!(resolved.hosts().count(), (sites * hosts) as usize);
            let adjacencies = |d: &crate::plan::EdgeDevice| {
                d.config.evi_links.iter().filter(|link| link.isis).count()
            };
            let all: usize = plan.edge_devices.iter().map(adjacencies).sum();
            let sites = sites as usize;
            let expected = match mesh {
                crate::Mesh::Full => sites * (sites - 1),
                crate::Mesh::Hub => 2 * (sites - 1),
                crate::Mesh::Ring if sites == 2 => 2,
                crate::Mesh::Ring => 2 * sites,
            };
            assert_eq!(all, expected, "{mesh} of {sites}");
        }
    }
    let shape = crate::Shape {
        sites: 4,
        hosts: 4,
        vlans: 2,
        mesh: crate::Mesh::Hub,
    };
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("generated", shape.text());
    });
}
