use std::collections::BTreeMap;

use super::*;

/// A machine without fault.
fn good() -> Facts {
    let abilities = [Ability::Veth, Ability::Bridge, Ability::Netem, Ability::Tun];
    Facts {
        user: 1000,
        kernel: "6.1.0-18-amd64".to_owned(),
        switches: [
            (Switch::Apparmor, "0".to_owned()),
            (Switch::Limit, "15000".to_owned()),
        ]
        .into(),
        world: World::Entered(abilities.map(|ability| (ability, Ok(()))).into()),
        clock_source: Some("tsc".to_owned()),
        processors: 4,
        load: Some(0.3),
        tools: BTreeMap::from([(Tool::Tshark, Some("TShark 4.0".to_owned()))]),
    }
}

fn worst(facts: &Facts) -> Verdict {
    judge(facts).iter().map(|f| f.verdict).max().unwrap()
}

fn find(facts: &Facts, subject: &str) -> Finding {
    let mut findings = judge(facts).into_iter();
    findings.find(|finding| finding.subject == subject).unwrap()
}

fn with(ability: Ability) -> Facts {
    let mut facts = good();
    let fails = (ability, Err("Operation not supported".to_owned()));
    if let World::Entered(abilities) = &mut facts.world {
        abilities.extend([fails]);
    }
    facts
}

#[test]
fn a_machine_without_fault_has_no_cure_to_take() {
    let findings = judge(&good());
    assert_eq!(worst(&good()), Verdict::Good);
    assert!(
        findings
            .iter()
            .all(|f| f.cure.is_empty() && f.follows.is_empty())
    );
    assert!(findings.iter().all(|f| !f.found.is_empty()));
}

#[test]
fn what_a_lab_is_made_of_is_needed_and_the_rest_is_not() {
    for ability in [
        Ability::Veth,
        Ability::Bridge,
        Ability::PacketRing,
        Ability::ReceiveStamp,
    ] {
        assert_eq!(worst(&with(ability)), Verdict::Unable, "{ability:?}");
    }
    for ability in [
        Ability::Netem,
        Ability::Vlan,
        Ability::Gre,
        Ability::Vxlan,
        Ability::Dummy,
        Ability::Tun,
    ] {
        assert_eq!(worst(&with(ability)), Verdict::NotNeeded, "{ability:?}");
    }
    assert!(
        find(&with(Ability::Netem), "netem")
            .cure
            .contains("sch_netem")
    );
}

#[test]
fn a_world_that_cannot_be_entered_ends_it() {
    let facts = Facts {
        world: World::Refused {
            why: "cannot make namespaces of its own: denied".to_owned(),
            cure: "sysctl".to_owned(),
        },
        ..good()
    };
    let finding = find(&facts, "a lab's namespaces");
    assert_eq!(
        (finding.verdict, &*finding.cure),
        (Verdict::Unable, "sysctl")
    );
}

#[test]
fn a_switch_that_keeps_others_out_is_told_to_root_too() {
    let mut facts = Facts { user: 0, ..good() };
    facts.switches.insert(Switch::Apparmor, "1".to_owned());
    let finding = find(&facts, "AppArmor and user namespaces");
    assert_eq!(finding.verdict, Verdict::Limited);
    assert!(finding.follows.contains("other than root"), "{finding:?}");
    assert!(
        finding
            .cure
            .contains("apparmor_restrict_unprivileged_userns=0")
    );
}

#[test]
fn kernels_are_told_apart_by_number() {
    let of = |kernel: &str| {
        worst(&Facts {
            kernel: kernel.to_owned(),
            ..good()
        })
    };
    assert_eq!(of("5.3.0"), Verdict::Good);
    assert_eq!(of("10.0-rc1"), Verdict::Good);
    assert_eq!(of("5.2.21"), Verdict::Unable);
    assert_eq!(of("4.19.0-26"), Verdict::Unable);
    assert_eq!(of("unknown"), Verdict::Limited);
}

#[test]
fn what_disturbs_the_meter_is_a_limit_and_no_more() {
    let cases = [
        Facts {
            load: Some(3.0),
            ..good()
        },
        Facts {
            processors: 1,
            load: Some(0.0),
            ..good()
        },
        Facts {
            clock_source: Some("hpet".to_owned()),
            ..good()
        },
    ];
    for facts in cases {
        assert_eq!(worst(&facts), Verdict::Limited, "{facts:?}");
    }
    let facts = Facts {
        tools: [(Tool::Tshark, None)].into(),
        ..good()
    };
    assert_eq!(find(&facts, "tshark").cure, "apt install tshark");
    assert_eq!(worst(&facts), Verdict::NotNeeded);
}
