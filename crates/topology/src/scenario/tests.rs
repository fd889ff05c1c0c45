//! Steps: every key says something, and whatever is wrong is said.

use std::time::Duration;

use super::raw::{CONDITION, STEP};
use super::{Action, Observable, Scenario, StepId};
use crate::{Resolved, Topology};

const THREE_SITE: &str = include_str!("../../../../topologies/three-site.toml");

fn topology() -> Resolved {
    Topology::load("three-site.toml", THREE_SITE).unwrap()
}

fn load(text: &str) -> Result<Scenario, String> {
    let loaded = Scenario::load("scenario.toml", text, &topology());
    loaded.map_err(|d| d.render("scenario.toml", text, false))
}

/// A step before, and the step that is tried.
fn after_first(step: &str) -> String {
    format!(
        "[[step]]\nname = \"first\"\ndo = \"migrate\"\n\
         [[step]]\nname = \"second\"\ndo = \"announce\"\nhost = \"vm1\"\n[[step]]\n{step}\n"
    )
}

/// A step with what it must have, and a line that may be added to it. `KEY` stands for a condition.
const STEPS: &[(&str, &[&str])] = &[
    (
        "do = \"migrate\"",
        &[
            "vm = \"*\"\nfrom = \"a\"",
            "to = \"b\"",
            "count = 1",
            "kind = \"cold\"",
        ],
    ),
    (
        "do = \"migrate\"",
        &[
            "downtime = \"9ms\"",
            "announce = \"silent\"",
            "name = \"x\"",
        ],
    ),
    ("do = \"migrate\"", &["at = \"2s\"", "after = \"first\""]),
    (
        "do = \"migrate\"\nkind = \"ping-pong\"",
        &["times = 3", "pause = \"7s\""],
    ),
    (
        "do = \"announce\"\nhost = \"vm1\"",
        &["when = { mac = \"vm1\", at = \"c\" }"],
    ),
    (
        "do = \"announce\"\nhost = \"vm1\"\nwhen = { mac = \"vm1\", at = \"c\" }",
        &["within = \"3s\""],
    ),
    (
        "do = \"traffic start\"",
        &["from = \"client-a\"", "to = \"client-a\""],
    ),
    (
        "do = \"churn start\"\nhost = \"client-a\"",
        &["macs_per_second = 7"],
    ),
    ("do = \"capture start\"", &["file = \"x.pcapng\""]),
    (
        "do = \"impair\"\nbetween = [\"a\", \"b\"]\ndelay = \"50ms\"\nloss = \"1%\"",
        &[
            "jitter = \"1ms\"",
            "burst = 3",
            "rate = \"10mbit\"",
            "queue = 9",
            "duplicate = \"1%\"",
            "reorder = \"1%\"",
        ],
    ),
    (
        "do = \"impair\"\ndelay = \"50ms\"\nfrom = \"a\"\nto = \"b\"",
        &["loss = \"1%\""],
    ),
    ("do = \"impair reset\"", &["between = [\"a\", \"b\"]"]),
    ("do = \"partition\"\nsites = [\"a\"]", &["from = \"b\""]),
    ("do = \"show\"\nwhat = \"mac\"", &["device = \"ed-a\""]),
    (
        "do = \"assert\"\nexpect = { ping = \"client-a -> vm1\" }",
        &["holds = \"1s\""],
    ),
];

/// A condition, and what may be added to it.
const CONDITIONS: &[(&str, &[&str])] = &[
    (
        "mac = \"vm1\", state = \"remote\"",
        &["on = \"ed-b\"", "via = \"c\"", "seen = \"state\""],
    ),
    ("mac = \"vm1\", at = \"c\"", &["since = \"first\""]),
    ("adjacency = \"up\"", &["on = \"ed-b\"", "to = \"c\""]),
    (
        "drops = \"any\", at_least = 1",
        &["at_most = 5", "on = \"ed-a\""],
    ),
    ("lsps = \"*\", at_least = 1", &["at_most = 5"]),
    (
        "flow = \"client-a -> vm1\", lost_at_least = 1",
        &[
            "lost_at_most = 9",
            "outage_at_least = \"1ms\"",
            "outage_at_most = \"1s\"",
            "compared_to = \"client-b -> vm1\", times_at_least = 2",
            "compared_to = \"client-b -> vm1\", times_at_most = 2",
            "compared_to = \"client-b -> vm1\", compared_since = \"first\", times_at_most = 2",
        ],
    ),
    ("ping = \"client-a -> vm1\"", &["answer = \"no\""]),
];

fn assert_step(condition: &str) -> String {
    after_first(&format!("do = \"assert\"\nexpect = {{ {condition} }}"))
}

#[test]
fn every_key_of_a_step_changes_it() {
    for (step, lines) in STEPS {
        let without = load(&after_first(step)).unwrap();
        for line in *lines {
            let with = load(&after_first(&format!("{step}\n{line}"))).unwrap();
            assert_ne!(with, without, "{step}: {line} is ignored");
        }
    }
    for (condition, more) in CONDITIONS {
        let without = load(&assert_step(condition)).unwrap();
        for more in *more {
            let with = load(&assert_step(&format!("{condition}, {more}"))).unwrap();
            assert_ne!(with, without, "{condition}: {more} is ignored");
        }
    }
}

#[test]
fn the_lists_above_have_every_key() {
    let has = |text: String, key: &str| {
        let is_key = |at: usize| {
            let after = text[at + key.len()..].starts_with(" =");
            let before = text[..at].chars().next_back();
            after && before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
        };
        text.match_indices(key).any(|(at, _)| is_key(at))
    };
    let all = |list: &[(&str, &[&str])]| {
        let texts = list
            .iter()
            .flat_map(|(text, more)| [*text].into_iter().chain(more.iter().copied()));
        texts.collect::<Vec<_>>().join("\n")
    };
    for key in STEP.iter().filter(|key| !["link"].contains(key)) {
        assert!(has(all(STEPS), key), "{key}");
    }
    for key in CONDITION {
        assert!(has(all(CONDITIONS), key), "{key}");
    }
}

#[test]
fn what_is_wrong_is_said_with_a_cure() {
    let cases = [
        ("do = \"migrat\"", "did you mean `migrate`"),
        ("do = \"migrate\"\nvm = \"vm2\"", "did you mean `vm1`"),
        ("do = \"migrate\"\nto = \"d\"", "there is no site `d`"),
        (
            "do = \"migrate\"\nhost = \"vm1\"",
            "`host` means nothing to a step `migrate`",
        ),
        (
            "do = \"migrate\"\ntimes = 3",
            "`times` means nothing to a migration `live`",
        ),
        (
            "do = \"migrate\"\nkind = \"stop-and-copy\"",
            "add `downtime",
        ),
        (
            "do = \"migrate\"\nafter = \"frist\"",
            "did you mean `first`",
        ),
        (
            "name = \"x\"\ndo = \"wait\"\nafter = \"x\"",
            "no earlier step",
        ),
        (
            "name = \"first\"\ndo = \"wait\"",
            "two steps have the name `first`",
        ),
        (
            "name = \"a b\"\ndo = \"wait\"",
            "can not be the name of a step",
        ),
        (
            "do = \"wait\"\nwithin = \"1s\"",
            "`within` needs a condition",
        ),
        ("do = \"wait\"\nat = \"2h\"", "out of range"),
        ("do = \"link down\"", "add `link"),
        ("do = \"link down\"\nlink = \"ed-a\"", "NODE:INTERFACE"),
        (
            "do = \"link down\"\nlink = \"ed-a:uplnk\"",
            "did you mean `uplink`",
        ),
        (
            "do = \"link up\"\nlink = \"ed-x:uplink\"",
            "there is no node `ed-x`",
        ),
        (
            "do = \"ed kill\"\ndevice = \"ed-d\"",
            "there is no edge device `ed-d`",
        ),
        (
            "do = \"traffic start\"\nfrom = \"vm1\"\nto = \"vm1\"",
            "no probes between",
        ),
        (
            "do = \"churn start\"\nhost = \"client-a\"\nmacs_per_second = 0",
            "out of range",
        ),
        (
            "do = \"capture start\"\nfile = \"/etc/x\"",
            "without a directory",
        ),
        ("do = \"show\"", "add `what"),
        ("do = \"assert\"", "a step `assert` has no `expect`"),
        ("do = \"impair\"\ndelay = \"1ms\"", "which path?"),
        (
            "do = \"impair\"\ndelay = \"1ms\"\nbetween = [\"a\", \"d\"]",
            "there is no site `d`",
        ),
        ("do = \"partition\"", "add `sites"),
        (
            "do = \"partition\"\nsites = [\"d\"]",
            "there is no site `d`",
        ),
        (
            "do = \"partition\"\nsites = [\"a\", \"b\", \"c\"]",
            "parts no site",
        ),
        ("name = \"x\"", "has no `do`"),
    ];
    for (step, says) in cases {
        let error = load(&after_first(step)).unwrap_err();
        assert!(error.contains(says), "{step}: {error}");
    }
    let conditions = [
        ("on = \"ed-a\"", "looks at nothing"),
        ("mac = \"vm1\"", "does not say what the entry is to be"),
        (
            "mac = \"vm1\", at = \"c\", state = \"local\"",
            "in two ways",
        ),
        (
            "mac = \"vm1\", at = \"c\", via = \"c\"",
            "`via` does not go with `at`",
        ),
        (
            "mac = \"vm1\", at = \"c\", on = \"ed\"",
            "there is no edge device `ed`",
        ),
        (
            "mac = \"vm1\", at = \"c\", answer = \"no\"",
            "means nothing to a condition on `mac`",
        ),
        ("adjacency = \"init\"", "is not a state of an adjacency"),
        (
            "drops = \"split-horzon\", at_least = 1",
            "did you mean `split-horizon`",
        ),
        ("drops = \"any\"", "no bound"),
        (
            "flow = \"client-a\", lost_at_most = 1",
            "write \"client-a -> vm1\"",
        ),
        (
            "flow = \"client-a -> client-b\", lost_at_most = 1",
            "no probes from `client-a` to",
        ),
        ("flow = \"client-a -> vm1\"", "no bound"),
        (
            "flow = \"client-a -> vm1\", times_at_least = 2",
            "needs `compared_to`",
        ),
        ("ping = \"client-x -> vm1\"", "there is no host `client-x`"),
        (
            "ping = \"client-a -> vm1\", since = \"third\"",
            "`since` means nothing",
        ),
        (
            "lsps = \"*\", at_least = 1, since = \"fisrt\"",
            "did you mean `first`",
        ),
    ];
    for (condition, says) in conditions {
        let error = load(&assert_step(condition)).unwrap_err();
        assert!(error.contains(says), "{condition}: {error}");
    }
}

#[test]
fn all_errors_are_reported_at_once() {
    let text = after_first("do = \"migrate\"\nto = \"d\"\nfrom = \"e\"\ncount = 0\nhost = \"h\"");
    let error = load(&text).unwrap_err();
    assert!(error.contains("scenario.toml: 4 errors"), "{error}");
}

#[test]
fn a_step_follows_the_one_before_unless_it_says_otherwise() {
    let timing = |step: &str| {
        let scenario = load(&after_first(step)).unwrap();
        (
            scenario.steps[2].timing.after,
            scenario.steps[2].timing.delay,
        )
    };
    assert_eq!(timing("do = \"wait\""), (Some(StepId(1)), Duration::ZERO));
    assert_eq!(
        timing("do = \"wait\"\nat = \"2s\""),
        (None, Duration::from_secs(2))
    );
    let both = timing("do = \"wait\"\nafter = \"first\"\nat = \"2s\"");
    assert_eq!(both, (Some(StepId(0)), Duration::from_secs(2)));
}

#[test]
fn an_assertion_follows_from_the_last_change() {
    let since = |step: &str| {
        let scenario = load(&after_first(step)).unwrap();
        let Action::Assert { expect, .. } = &scenario.steps.last().unwrap().action else {
            panic!("{:?}", scenario.steps);
        };
        expect.since
    };
    let assert = "do = \"assert\"\nexpect = { mac = \"vm1\", at = \"c\" }";
    assert_eq!(since(assert), Some(StepId(1)));
    assert_eq!(
        since(&format!("{assert}\nafter = \"first\"")),
        Some(StepId(0))
    );
    let waits = format!("do = \"wait\"\n[[step]]\n{assert}");
    assert_eq!(since(&waits), Some(StepId(1)));
}

#[test]
fn a_topology_has_its_scenario_with_it() {
    let text = format!("{THREE_SITE}\n{}", assert_step("mac = \"vm1\", at = \"c\""));
    let topology = Topology::load("three-site.toml", &text).unwrap();
    let scenario = topology.scenario().unwrap();
    assert_eq!(scenario.name, "three-site");
    let Action::Assert { expect, .. } = &scenario.steps[2].action else {
        panic!("{scenario:?}");
    };
    let Observable::Mac { devices, .. } = &expect.what else {
        panic!("{expect:?}");
    };
    assert_eq!(devices, &["ed-a", "ed-b", "ed-c"]);
    let wrong = format!("{THREE_SITE}\n[[step]]\ndo = \"migrate\"\nto = \"d\"\n");
    assert!(Topology::load("three-site.toml", &wrong).is_err());
}
