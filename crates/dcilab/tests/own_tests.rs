//! An example: tests of one's own on labs, as anybody may write them. Plain `#[test]`s, on threads, several
//! labs at a time.
//!
//! Where this machine cannot run a lab, each says so and passes, unless `DCILAB_REQUIRE` names `lab`.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dcilab::harness::{Builder, HarnessError, Lab};
use dcilab::life_cycle::RuntimeDirectory;
use dcilab::life_cycle::protocol::MeasuredFlow;
use edge_api::{AdjacencyState, MacState, Mode, TimerProfile};

const THREE_SITE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../topologies/three-site.toml"
);

/// Nothing takes so long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(60);

type Outcome = Result<(), HarnessError>;

fn three_sites() -> Builder {
    Lab::of_file(THREE_SITE).igp(TimerProfile::Immediate)
}

/// Brings a lab up; `None`, said loudly, where this machine cannot.
fn up(lab: Builder) -> Result<Option<Lab>, HarnessError> {
    let required = std::env::var("DCILAB_REQUIRE").unwrap_or_default();
    let is_required = required.split(',').any(|word| word.trim() == "lab");
    match lab.up() {
        Err(HarnessError::Unable { said }) if !is_required => {
            eprintln!("NOT TESTED: {said}");
            Ok(None)
        }
        result => result.map(Some),
    }
}

#[test]
fn every_device_learns_where_the_vm_is_now() -> Outcome {
    let Some(lab) = up(three_sites())? else {
        return Ok(());
    };
    for (device, state) in [("ed-a", MacState::Local), ("ed-b", MacState::Remote)] {
        lab.expect_entry(device, "vm1", state)?;
    }
    let moved = lab.migrate("vm1", "c")?;
    assert_eq!((moved.from.as_str(), moved.to.as_str()), ("a", "c"));
    for (device, state) in [("ed-a", MacState::Remote), ("ed-c", MacState::Local)] {
        lab.expect_entry(device, "vm1", state)?;
    }
    let vm = lab.host("vm1")?;
    assert_eq!(vm.site, "c");
    // Typed tables, read as they are.
    let snooped = lab.device("ed-c").arp_snooping()?;
    let is_vm = |row: &edge_api::ArpRow| row.ip == vm.address && row.mac == vm.mac;
    assert!(snooped.iter().any(is_vm), "{snooped:?}");
    let links = lab.device("ed-a").adjacencies()?;
    assert!(links.iter().all(|link| link.state == AdjacencyState::Up));
    assert!(!lab.events()?.is_empty());
    // Any command in any node, any verb of dcilab.
    let said = lab.exec("vm1", ["sh", "-c", "echo $DCILAB_NODE; exit 3"])?;
    assert_eq!(
        (said.status.code(), &*said.stdout),
        (Some(3), &b"vm1\n"[..])
    );
    let ping = lab.run(["ping", "client-a", "vm1", "--count", "1"])?;
    assert!(ping.status.success(), "{ping:?}");
    lab.down()
}

#[test]
fn the_mechanism_saves_what_the_igp_takes() -> Outcome {
    let outage = |mode: Mode| -> Result<Option<Duration>, HarnessError> {
        let lab = Lab::of_file(THREE_SITE)
            .igp(TimerProfile::ComwareV5)
            .mode(mode);
        let Some(lab) = up(lab)? else {
            return Ok(None);
        };
        let flows = lab.measure(|lab| lab.migrate("vm1", "c").map(drop))?;
        Ok(Some(
            towards_vm(&flows, "client-b").report.outage.duration.value,
        ))
    };
    // Two labs at the same time.
    let (baseline, mechanism) = std::thread::scope(|scope| {
        let baseline = scope.spawn(|| outage(Mode::IgpOnly));
        let mechanism = outage(Mode::GarpFlood);
        (baseline.join().expect("no panic"), mechanism)
    });
    let (Some(baseline), Some(mechanism)) = (baseline?, mechanism?) else {
        return Ok(());
    };
    assert!(
        mechanism * 2 < baseline,
        "{mechanism:?} against {baseline:?}"
    );
    Ok(())
}

fn towards_vm<'f>(flows: &'f [MeasuredFlow], from: &str) -> &'f MeasuredFlow {
    let mut flows = flows.iter();
    let found = flows.find(|flow| flow.from == from && flow.to == "vm1");
    found.expect("the topology has this flow")
}

#[test]
fn what_is_wrong_is_said_with_what_there_is() -> Outcome {
    let broken = Lab::of_text("name = \"x\"\nsedd = 1\n").up();
    let text = broken.expect_err("no such key").to_string();
    assert!(
        text.contains("topology:2") && text.contains("did you mean `seed`"),
        "{text}"
    );
    let nowhere = Lab::of_file(THREE_SITE).program("/no/such/dcilab").up();
    assert!(
        matches!(nowhere, Err(HarnessError::Program { .. })),
        "{nowhere:?}"
    );
    let text = std::fs::read_to_string(THREE_SITE).expect("it is there");
    let Some(lab) = up(Lab::of_text(text).wait_for("links"))? else {
        return Ok(());
    };
    for (done, says) in [
        (lab.migrate("vm2", "c").map(drop), "did you mean `vm1`"),
        (lab.migrate("vm1", "x").map(drop), "`a`, `b`, `c`"),
        (lab.announce("client-x"), "no host `client-x`"),
        (lab.host("client-x").map(drop), "no host `client-x`"),
        (
            lab.device("ed-x").counters().map(drop),
            "no edge device `ed-x`",
        ),
    ] {
        let text = done.expect_err(says).to_string();
        assert!(text.contains(says), "{text}");
    }
    let never = |_: &Lab| Ok(Some("seen last".to_owned()));
    let waited = lab.wait_until("the impossible", Duration::ZERO, never);
    let text = waited.expect_err("it is impossible").to_string();
    assert!(text.contains("the impossible: seen last"), "{text}");
    Ok(())
}

#[test]
fn a_lab_vanishes_with_its_guard_and_with_a_panic() -> Outcome {
    let Some(lab) = up(three_sites().wait_for("links"))? else {
        return Ok(());
    };
    let name = lab.name();
    assert!(stands(&name));
    drop(lab);
    gone(&name);
    let Some(lab) = up(three_sites().wait_for("links"))? else {
        return Ok(());
    };
    let name = lab.name();
    let panicked = std::thread::spawn(move || {
        let _lab = lab;
        panic!("this panic is part of the test");
    });
    assert!(panicked.join().is_err());
    gone(&name);
    Ok(())
}

#[test]
fn a_lab_vanishes_with_its_process() -> Outcome {
    if up(three_sites().wait_for("none"))?.is_none() {
        return Ok(());
    }
    let name = format!("killed-{}", std::process::id());
    let own = std::env::current_exe().expect("a running program has a file");
    let mut child = Command::new(own)
        .args(["--ignored", "--exact", "holds_a_lab_until_it_is_killed"])
        .env(HELD, &name)
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let deadline = Instant::now() + PATIENCE;
    while !stands(&name) {
        assert!(Instant::now() < deadline, "no lab came up");
        std::thread::yield_now();
    }
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    gone(&name);
    Ok(())
}

/// The name of the lab that is held.
const HELD: &str = "OWN_TESTS_HELD";

#[test]
#[ignore = "a part of another test, which kills it"]
fn holds_a_lab_until_it_is_killed() -> Outcome {
    let Ok(name) = std::env::var(HELD) else {
        return Ok(());
    };
    let lab = three_sites().wait_for("none").name(name).up()?;
    lab.wait_until("the end", PATIENCE, |_| Ok(Some("not killed".to_owned())))
}

fn stands(name: &str) -> bool {
    let directory = RuntimeDirectory::open().expect("a user has one");
    let labs = directory.labs().expect("it can be read");
    labs.iter().any(|lab| lab.name == name)
}

fn gone(name: &str) {
    let deadline = Instant::now() + PATIENCE;
    while stands(name) {
        assert!(Instant::now() < deadline, "lab `{name}` still stands");
        std::thread::yield_now();
    }
}
