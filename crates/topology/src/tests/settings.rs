//! Settings beside a file: typed, refused and shown as the file is.

use super::{THREE_SITE, edit, load};
use crate::{Diagnostics, Resolved, Source, Topology, setting_without_key};

fn set(settings: &[&str]) -> Result<Resolved, Diagnostics> {
    let settings: Vec<_> = settings.iter().map(|s| (*s).to_owned()).collect();
    Topology::load_source(&Source::with_settings("test.toml", THREE_SITE, &settings))
}

/// The rendering of settings that must be refused.
fn refuse(settings: &[&str]) -> String {
    let settings: Vec<_> = settings.iter().map(|s| (*s).to_owned()).collect();
    let source = Source::with_settings("test.toml", THREE_SITE, &settings);
    Topology::load_source(&source)
        .expect_err("these settings are wrong")
        .render_source(&source, false)
}

/// Each: what is set, what to replace in the file, and by what.
const SAME: &[(&str, &str, &str)] = &[
    ("mechanism.mode=igp-only", "\"garp-flood\"", "\"igp-only\""),
    (
        "mechanism.mode='igp-only'",
        "\"garp-flood\"",
        "\"igp-only\"",
    ),
    ("probes.rate=500", "rate = 1000", "rate = 500"),
    (
        " probes . settle = 2s",
        "rate = 1000",
        "rate = 1000\nsettle = \"2s\"",
    ),
    (
        "host.client-b.site=c",
        "site = \"b\"\nvlan = 100",
        "site = \"c\"\nvlan = 100",
    ),
    ("vlan.100.id=7", "id = 100", "id = 7"),
    ("seed=9", "name =", "seed = 9\nname ="),
    ("description=7", "description", "description = \"7\" #"),
    ("description=", "description", "description = \"\" #"),
    ("igp.area=49.0002", "[igp]\n", "[igp]\narea = \"49.0002\"\n"),
    (
        "underlay.mtu=9000",
        "[igp]",
        "[underlay]\nmtu = 9000\n[igp]",
    ),
    (
        "igp.timers.lsp_generation={ kind = \"one-shot\", wait = \"3s\" }",
        "[mechanism]",
        "[igp.timers]\nlsp_generation = { kind = \"one-shot\", wait = \"3s\" }\n[mechanism]",
    ),
    (
        "site.b.igp.timers.hello_interval=3s",
        "name = \"b\"",
        "name = \"b\"\nigp.timers.hello_interval = \"3s\"",
    ),
    (
        "mechanism.arp_suppression=false",
        "[mechanism]\n",
        "[mechanism]\narp_suppression = false\n",
    ),
    (
        "host.vm1.mac=02:00:00:00:00:01",
        "role = \"vm\"",
        "role = \"vm\"\nmac = \"02:00:00:00:00:01\"",
    ),
];

#[test]
fn a_setting_is_as_if_the_file_said_so() {
    for (setting, from, to) in SAME {
        // Where a VLAN has another number, its hosts have to follow.
        let also: &[&str] = match *setting {
            "vlan.100.id=7" => &["host.vm1.vlan=7", "host.client-a.vlan=7"],
            _ => &[],
        };
        let rest: &[&str] = match *setting {
            "vlan.100.id=7" => &["host.client-b.vlan=7", "host.client-c.vlan=7"],
            _ => &[],
        };
        let mut text = edit(THREE_SITE, from, to);
        if !also.is_empty() {
            text = text.replace("vlan = 100", "vlan = 7");
        }
        let said = load(&text).unwrap_or_else(|d| panic!("{setting}: {d}"));
        let all = [&[*setting], also, rest].concat();
        let set = set(&all).unwrap_or_else(|d| panic!("{setting}: {d}"));
        assert_eq!(set.plan(), said.plan(), "{setting}");
        assert_eq!(set.description(), said.description(), "{setting}");
        assert_ne!(set, load(THREE_SITE).unwrap(), "{setting} changes nothing");
    }
}

#[test]
fn of_two_settings_the_last_counts() {
    let twice = set(&["probes.rate=5", "probes.rate=7"]).unwrap();
    assert_eq!(twice.probes().rate, 7);
}

/// Each: name of the snapshot, and what is set.
const WRONG: &[(&str, &[&str])] = &[
    ("set-nothing", &["mechanism.mode", "=7", "igp..area=1"]),
    (
        "set-unknown-key",
        &["mechanism.mod=igp-only", "mechanisms.mode=igp-only", "x=1"],
    ),
    (
        "set-unknown-item",
        &["host.vm2.site=b", "vlan.200.id=7", "site.d.mode=igp-only"],
    ),
    (
        "set-no-item",
        &["host=1", "host.vm1=1", "igp=1", "probes.rate.x=1"],
    ),
    (
        "set-bad-values",
        &[
            "mechanism.mode=garp_flod",
            "probes.rate=fast",
            "probes.settle=500",
            "host.vm1.mac=02:00",
            "host.client-a.site=d",
            "probes.payload=9999",
            "seed={",
        ],
    ),
    ("set-collision", &["host.client-b.name=client-a"]),
];

#[test]
fn a_wrong_setting_is_shown_with_its_cure() {
    for (name, settings) in WRONG {
        insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(*name, refuse(settings));
        });
    }
}

#[test]
fn the_key_of_the_area_is_not_kept() {
    for (setting, kept) in [
        ("igp.authentication=secret", "igp.authentication=(not kept)"),
        (
            " igp . authentication = x=y",
            " igp . authentication =(not kept)",
        ),
        ("igp={authentication=\"secret\"}", "igp=(not kept)"),
        ("igp.area=49.0002", "igp.area=49.0002"),
        ("nonsense", "nonsense"),
    ] {
        assert_eq!(setting_without_key(setting), kept);
    }
}

proptest::proptest! {
    #[test]
    fn random_settings_never_panic(
        settings in proptest::collection::vec(
            "(host|vlan|site|igp|igp.timers|probes|mechanism|\\PC{0,5})(\\.(vm1|100|a|mode|rate|name|x|é))?(\\.[a-z]{0,6})?=?(\"|'|\\[|\\{)?\\PC{0,9}",
            0..5,
        )
    ) {
        let source = Source::with_settings("x.toml", THREE_SITE, &settings);
        if let Err(diagnostics) = Topology::load_source(&source) {
            proptest::prop_assert!(diagnostics.render_source(&source, true).contains("error"));
        }
    }
}
