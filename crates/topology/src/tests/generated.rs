//! Topologies of many sites, and those that are generated.

use std::collections::BTreeSet;

use super::load;

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

#[test]
fn a_site_may_have_a_mode_and_timers_of_its_own() {
    let own = "name = \"b\"\nmode = \"igp-only\"\nigp = { profile = \"cisco\" }";
    let text = super::edit(super::THREE_SITE, "name = \"b\"", own);
    let devices = load(&text).unwrap().plan().edge_devices;
    let told = devices
        .iter()
        .map(|d| (d.config.mode.name(), d.config.igp.profile.name()));
    let usual = ("garp-flood", "comware-v5");
    assert_eq!(
        told.collect::<Vec<_>>(),
        [usual, ("igp-only", "cisco"), usual]
    );
}
