//! What people see when a file is wrong.

use super::{THREE_SITE, edit, load};

/// The rendering of a topology that must be refused.
fn refuse(text: &str) -> String {
    load(text)
        .expect_err("this topology is wrong")
        .render("test.toml", text, false)
}

/// Each: name of the snapshot, what to replace in the shipped topology, and by what.
const WRONG: &[(&str, &[(&str, &str)])] = &[
    (
        "syntax",
        &[("id = 100", "id = "), ("rate = 1000", "rate 1000")],
    ),
    (
        "unknown-key",
        &[("[mechanism]\nmode", "[mechanism]\nmod"), ("rate", "speed")],
    ),
    (
        "unknown-table",
        &[("[[vlan]]", "[[vlans]]"), ("[igp]", "[ospf]")],
    ),
    (
        "missing-key",
        &[
            ("vlan = 100\naddress = \"10.100.0.10\"\n", ""),
            ("to = \"c\"\n", ""),
        ],
    ),
    (
        "wrong-type",
        &[
            ("id = 100", "id = \"100\""),
            ("name = \"vm1\"", "name = 1"),
            ("[probes]", "[[probes]]"),
        ],
    ),
    (
        "bad-value",
        &[
            ("10.100.0.0/24", "10.100.0.5/24"),
            ("10.100.0.10", "10.100.0.1O"),
            ("rate = 1000", "baseline = \"500\""),
        ],
    ),
    (
        "unknown-word",
        &[
            ("\"garp-flood\"", "\"garp_flod\""),
            ("\"netns\"", "\"teleport\""),
            ("comware-v5", "comware5"),
        ],
    ),
    (
        "out-of-range",
        &[
            ("rate = 1000", "rate = 0\nsettle = \"1ms\"\npayload = 1473"),
            ("id = 100", "id = 4095"),
            ("name = \"three-site\"", "seed = -1"),
        ],
    ),
    (
        "out-of-range-mobility",
        &[(
            "[mechanism]\n",
            "[mechanism]\nannouncement_repeats = 11\nannouncement_interval = \"0s\"\n\
             arp_ageing = \"2days\"\ndampening_window = \"1ms\"\nfreeze_time = \"0s\"\n\
             dampening_moves = 1001\n",
        )],
    ),
    ("bad-key", &[("[igp]\n", "[igp]\nauthentication = \"\"\n")]),
    (
        "unknown-direction",
        &[("rate = 1000", "direction = \"to_vm\"")],
    ),
    ("vlan-zero", &[("id = 100", "id = 0")]),
    (
        "bad-name",
        &[
            ("name = \"b\"", "name = \"Berlin\""),
            ("name = \"client-b\"", "name = \"a-very-long-name\""),
            ("name = \"three-site\"", "name = \"../x\""),
        ],
    ),
    (
        "reserved-name",
        &[
            ("name = \"client-b\"", "name = \"wan\""),
            ("name = \"client-c\"", "name = \"ed-a\""),
        ],
    ),
    (
        "duplicate-name",
        &[
            ("name = \"b\"", "name = \"a\""),
            ("name = \"client-b\"", "name = \"client-a\""),
        ],
    ),
    ("duplicate-address", &[("10.100.0.2\"", "10.100.0.1\"")]),
    (
        "duplicate-mac",
        &[
            ("address = \"10.100.0.1\"", "mac = \"02:00:00:00:00:07\""),
            ("address = \"10.100.0.2\"", "mac = \"02-00-00-00-00-07\""),
        ],
    ),
    (
        "bad-mac",
        &[("address = \"10.100.0.1\"", "mac = \"01:00:5e:00:00:07\"")],
    ),
    (
        "duplicate-vlan",
        &[(
            "[[site]]",
            "[[vlan]]\nid = 100\nprefix = \"10.100.0.128/25\"\n[[site]]",
        )],
    ),
    (
        "unknown-site",
        &[
            ("site = \"b\"", "site = \"berlin\""),
            ("to = \"c\"", "to = \"d\""),
        ],
    ),
    (
        "unknown-vlan",
        &[("site = \"b\"\nvlan = 100", "site = \"b\"\nvlan = 101")],
    ),
    ("unknown-host", &[("vm = \"vm1\"", "vm = \"vm2\"")]),
    ("not-a-vm", &[("vm = \"vm1\"", "vm = \"client-a\"")]),
    (
        "address",
        &[
            ("10.100.0.1\"", "10.101.0.1\""),
            ("10.100.0.2", "10.100.0.0"),
            ("10.100.0.3", "10.100.0.255"),
        ],
    ),
    (
        "prefix-too-small",
        &[
            ("10.100.0.0/24", "10.100.0.0/31"),
            ("[igp]", "[underlay]\nprefix = \"198.18.0.0/29\"\n[igp]"),
        ],
    ),
    (
        "prefix-full",
        &[
            ("10.100.0.0/24", "10.100.0.0/30"),
            ("address = \"10.100.0.10\"\n", ""),
            ("address = \"10.100.0.3\"\n", ""),
        ],
    ),
    ("unusable-prefix", &[("10.100.0.0/24", "224.0.0.0/24")]),
    (
        "underlay-mtu",
        &[("[igp]", "[underlay]\nmtu = 1500\n[igp]")],
    ),
    (
        "site-mtu",
        &[("[igp]", "[site_network]\nmtu = 9000\n[igp]")],
    ),
    (
        "bad-timers",
        &[(
            "[mechanism]",
            "[igp.timers]\nmax_age = \"10s\"\n[mechanism]",
        )],
    ),
    (
        "nested-timers",
        &[(
            "[mechanism]",
            "[igp.timers]\nlsp_generation = { kind = \"one-shot\", weight = \"1s\" }\nhello = \"1s\"\n[mechanism]",
        )],
    ),
    ("no-vm", &[("role = \"vm\"", "role = \"observer\"")]),
    ("same-site", &[("to = \"c\"", "to = \"a\"")]),
    (
        "count",
        &[
            ("name = \"b\"", "name = \"b{n}\""),
            ("name = \"vm1\"", "name = \"vm\"\ncount = 0"),
            ("name = \"client-a\"", "name = \"client\"\ncount = \"3\""),
        ],
    ),
    (
        "count-collisions",
        &[
            ("name = \"vm1\"", "name = \"vm{n}\"\ncount = 20"),
            ("name = \"client-a\"", "name = \"vm2\""),
            (
                "name = \"client-b\"",
                "name = \"client-of-b\"\ncount = 120\nmac = \"02:00:00:00:00:07\"",
            ),
            (
                "address = \"10.100.0.3\"",
                "address = \"10.100.0.29\"\nmac = \"02:00:00:00:00:09\"",
            ),
        ],
    ),
    (
        "count-sites",
        &[(
            "name = \"client-b\"\nrole = \"observer\"\nsite = \"b\"",
            "name = \"o\"\ncount = 3\nrole = \"observer\"\nsite = \"s{n}\"",
        )],
    ),
    (
        "static-vm",
        &[("role = \"vm\"", "role = \"vm\"\nstatic = true")],
    ),
    (
        "not-extended",
        &[("id = 100", "id = 100\nextended = false")],
    ),
    (
        "attachment",
        &[
            ("name = \"a\"", "name = \"a\"\nattachment = \"direkt\""),
            ("name = \"b\"", "name = \"b\"\nattachment = \"direct\""),
            ("style = \"netns\"", "style = \"replug\""),
        ],
    ),
    (
        "direct-ports",
        &[
            ("name = \"a\"", "name = \"a\"\nattachment = \"direct\""),
            (
                "name = \"vm1\"\nrole = \"vm\"",
                "name = \"vm\"\nrole = \"vm\"\ncount = 64",
            ),
        ],
    ),
    (
        "mesh",
        &[
            ("[igp]\n", "[igp]\nmesh = \"star\"\nhub = \"d\"\n"),
            (
                "name = \"b\"",
                "name = \"b\"\nmode = \"igp\"\nigp = { profil = \"cisco\" }",
            ),
        ],
    ),
    (
        "hub",
        &[("[igp]\n", "[igp]\nmesh = \"ring\"\nhub = \"b\"\n")],
    ),
    (
        "site-timers",
        &[(
            "name = \"b\"",
            "name = \"b\"\nigp = { timers = { max_age = \"10s\" } }",
        )],
    ),
];

#[test]
fn each_kind_of_mistake_is_shown_with_its_cure() {
    for (name, edits) in WRONG {
        let text = edits
            .iter()
            .fold(THREE_SITE.to_owned(), |text, (from, to)| {
                edit(&text, from, to)
            });
        insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(*name, refuse(&text));
        });
    }
}

#[test]
fn an_empty_file_is_told_what_it_lacks() {
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("empty", refuse(""));
    });
}

#[test]
fn hosts_that_do_nothing_are_refused() {
    let [observers, idle] = [
        ("role = \"observer\"", "role = \"vm\""),
        ("vlan = 100\naddress = \"10.100.0.1\"", "vlan = 7"),
    ];
    let none = THREE_SITE.replace(observers.0, observers.1);
    let vlan = "[[vlan]]\nid = 7\nprefix = \"10.7.0.0/24\"\n[[site]]";
    let idle = edit(&edit(THREE_SITE, idle.0, idle.1), "[[site]]", vlan);
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("no-observer", refuse(&none));
        insta::assert_snapshot!("idle-observer", refuse(&idle));
    });
}

#[test]
fn too_many_things_are_refused() {
    let sites: String = (0..501)
        .map(|i| format!("[[site]]\nname = \"s{i}\"\n"))
        .collect();
    assert!(
        refuse(&sites).contains("501 sites are too many"),
        "{}",
        refuse(&sites)
    );
}

#[test]
fn more_probes_than_ports_are_refused() {
    let hosts = ["vm", "observer"].map(|role| {
        let host = |i| {
            let name = if role == "vm" { "v" } else { "o" };
            format!("[[host]]\nname = \"{name}{i}\"\nrole = \"{role}\"\nsite = \"a\"\nvlan = 100\n")
        };
        (0..151).map(host).collect::<String>()
    });
    let text = edit(THREE_SITE, "10.100.0.0/24", "10.100.0.0/16") + &hosts.concat();
    let said = refuse(&text);
    assert!(
        said.contains("46816 flows of probes are too many"),
        "{said}"
    );
}

#[test]
fn warnings_do_not_refuse() {
    let vlan = "[underlay]\nmtu = 1532\n[site_network]\nmtu = 1400\n[[vlan]]\nid = 7\nprefix = \"10.7.0.0/24\"\n[[site]]";
    let text = edit(THREE_SITE, "[[site]]", vlan);
    let start = text.find("[[host]]\nname = \"client-b\"").unwrap();
    let end = text[start + 1..].find("[[host]]").unwrap() + start + 1;
    let text = format!("{}{}", &text[..start], &text[end..]);
    let resolved = load(&text).unwrap();
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("warnings", resolved.warnings().render("test.toml", &text, false));
    });
}

#[test]
fn color_is_on_demand() {
    let text = edit(THREE_SITE, "id = 100", "id = 0");
    let diagnostics = load(&text).unwrap_err();
    assert!(
        diagnostics
            .render("test.toml", &text, true)
            .contains("\u{1b}[")
    );
    assert!(
        !diagnostics
            .render("test.toml", &text, false)
            .contains('\u{1b}')
    );
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let text = "name = \"\\u001b[2J\"\n\"\\u001b[31m\" = 1\n";
    assert!(!refuse(text).contains('\u{1b}'));
}
