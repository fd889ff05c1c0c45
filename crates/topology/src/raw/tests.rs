//! No key is read and ignored: changing any of them changes what comes out.

use super::Topology;
use super::read::TABLES;
use super::schema::{Schema, schema};

/// Every key that a file need not have, with a value that is not its default.
const OPTIONAL: &[(&str, &str, &str)] = &[
    ("a topology", "name", "\"other\""),
    ("a topology", "description", "\"other\""),
    ("a topology", "seed", "7"),
    ("[underlay]", "mtu", "9000"),
    ("[underlay]", "prefix", "\"192.168.0.0/24\""),
    ("[site_network]", "mtu", "1400"),
    ("[site_network]", "attachment", "\"direct\""),
    ("[igp]", "profile", "\"frr\""),
    ("[igp]", "area", "\"49.0002\""),
    ("[igp]", "authentication", "\"secret\""),
    ("[igp]", "mesh", "\"ring\""),
    ("[igp]", "hub", "\"b\""),
    ("[igp.timers]", "hello_interval", "\"1s\""),
    ("[igp.timers]", "hold_multiplier", "7"),
    (
        "[igp.timers]",
        "lsp_generation",
        "{ kind = \"one-shot\", wait = \"3s\" }",
    ),
    (
        "[igp.timers]",
        "lsp_pacing",
        "{ interval = \"7ms\", burst = 2 }",
    ),
    ("[igp.timers]", "retransmit_interval", "\"1s\""),
    ("[igp.timers]", "csnp_interval", "\"1s\""),
    ("[igp.timers]", "psnp_interval", "\"1s\""),
    ("[igp.timers]", "max_age", "\"1000s\""),
    ("[igp.timers]", "refresh_interval", "\"100s\""),
    ("[igp.timers]", "zero_age", "\"30s\""),
    ("[igp.timers]", "jitter_percent", "3"),
    ("[mechanism]", "mode", "\"igp-only\""),
    ("[mechanism]", "flood_hold", "\"1s\""),
    ("[mechanism]", "announcement_repeats", "0"),
    ("[mechanism]", "announcement_interval", "\"1s\""),
    ("[mechanism]", "announcement_message", "\"evi\""),
    ("[mechanism]", "arp_suppression", "false"),
    ("[mechanism]", "arp_ageing", "\"10s\""),
    ("[mechanism]", "dampening_moves", "0"),
    ("[mechanism]", "dampening_window", "\"10s\""),
    ("[mechanism]", "freeze_time", "\"10s\""),
    ("[mechanism]", "mac_ageing", "\"10s\""),
    ("[mechanism]", "mac_limit", "100"),
    ("[switch]", "ageing", "\"10s\""),
    ("[[vlan]]", "extended", "false"),
    ("[[site]]", "count", "2"),
    ("[[site]]", "attachment", "\"direct\""),
    ("[[site]]", "mode", "\"igp-only\""),
    ("[site.igp]", "profile", "\"frr\""),
    ("[[host]]", "count", "2"),
    ("[[host]]", "static", "true"),
    ("[[host]]", "address", "\"10.100.0.99\""),
    ("[[host]]", "mac", "\"02:00:00:00:00:99\""),
    ("[migration]", "style", "\"replug\""),
    ("[migration]", "announce", "\"silent\""),
    ("[migration]", "downtime", "\"60ms\""),
    ("[probes]", "rate", "50"),
    ("[probes]", "vms", "\"moved\""),
    ("[probes]", "direction", "\"to-vm\""),
    ("[probes]", "payload", "500"),
    ("[probes]", "baseline", "\"2s\""),
    ("[probes]", "settle", "\"2s\""),
    ("[probes]", "recovery_limit", "\"2s\""),
];

/// The timers of a site are those of the topology.
fn optional() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let timers = OPTIONAL
        .iter()
        .filter(|(table, ..)| *table == "[igp.timers]");
    let of_site = timers.map(|(_, key, value)| ("[site.igp.timers]", *key, *value));
    OPTIONAL.iter().copied().chain(of_site)
}

/// Keys that hold tables, or that every file has.
const REQUIRED: &[(&str, &[&str])] = &[
    (
        "a topology",
        &["underlay", "site_network", "igp", "mechanism", "switch"],
    ),
    (
        "a topology",
        &["vlan", "site", "host", "migration", "probes"],
    ),
    ("[igp]", &["timers"]),
    ("[[vlan]]", &["id", "prefix"]),
    ("[[site]]", &["name", "igp"]),
    ("[site.igp]", &["timers"]),
    ("[[host]]", &["name", "role", "site", "vlan"]),
    ("[migration]", &["vm", "to"]),
];

fn text(table: &str, line: &str) -> String {
    let top = if table == "a topology" { line } else { "" };
    let of = |title: &str| if table == title { line } else { "" };
    let own = [
        "[underlay]",
        "[site_network]",
        "[igp]",
        "[igp.timers]",
        "[mechanism]",
        "[switch]",
    ]
    .into_iter()
    .chain(["[probes]"])
    .map(|title| format!("{title}\n{}\n", of(title)))
    .collect::<String>();
    format!(
        "{top}\n{own}\n[[vlan]]\nid = 100\nprefix = \"10.100.0.0/24\"\n\
         [[vlan]]\nid = 200\nprefix = \"10.200.0.0/24\"\n{}\n[[site]]\nname = \"a\"\n\
         [[site]]\nname = \"b\"\n[[site]]\nname = \"c\"\n{}\n[site.igp]\n{}\n[site.igp.timers]\n{}\n\
         [[host]]\nname = \"vm1\"\nrole = \"vm\"\nsite = \"a\"\nvlan = 100\n\
         [[host]]\nname = \"c1\"\nrole = \"observer\"\nsite = \"b\"\nvlan = 100\n{}\n\
         [migration]\nvm = \"vm1\"\nto = \"b\"\n{}\n",
        of("[[vlan]]"),
        of("[[site]]"),
        of("[site.igp]"),
        of("[site.igp.timers]"),
        of("[[host]]"),
        of("[migration]"),
    )
}

#[test]
fn every_key_changes_the_topology() {
    let load =
        |text: &str| Topology::load("keys.toml", text).map_err(|d| d.render("", text, false));
    let default = load(&text("", "")).unwrap();
    for (table, key, value) in optional() {
        let changed = load(&text(table, &format!("{key} = {value}"))).unwrap();
        assert_ne!(changed, default, "{table} {key} is ignored");
    }
}

#[test]
fn the_lists_above_have_every_key() {
    for (table, keys) in TABLES {
        for key in *keys {
            let optional = optional().any(|(t, k, _)| t == *table && k == *key);
            let required = REQUIRED
                .iter()
                .any(|(t, keys)| t == table && keys.contains(key));
            assert!(optional != required, "{table} {key}");
        }
    }
}

#[test]
fn the_schema_has_every_key_that_is_read() {
    let mut tables = Vec::new();
    let whole = schema();
    collect(&whole, &mut tables);
    for (title, keys) in TABLES {
        let (_, found) = tables.iter().find(|(t, _)| t == title).unwrap();
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        assert_eq!(found, &keys, "{title}");
    }
}

fn collect<'s>(schema: &'s Schema, tables: &mut Vec<(&'s str, Vec<&'s str>)>) {
    let table = schema.item();
    if let Some(title) = table.title() {
        tables.push((title, table.keys().map(|(key, _)| key).collect()));
    }
    for (key, value) in table.keys() {
        assert!(value.is_typed(), "{key} may be anything");
        collect(value, tables);
    }
}
