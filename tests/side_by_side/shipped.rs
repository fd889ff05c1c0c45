//! What the heads of the shipped topologies say is to be expected, by state and by ratio.

use std::path::Path;

use anyhow::{Context, ensure};
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::result::{ResultFile, Run};
use libtest_mimic::Trial;
use tempfile::TempDir;

/// What waits for the timers of `comware-v5` loses this many times as much, or more.
const WAITS: u64 = 3;

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("two_sites_need_no_copies", two_site),
        lab("a_move_in_one_vlan_is_nothing_to_the_others", many_vlans),
        lab("a_port_that_goes_with_its_vm_empties_no_table", direct),
        lab(
            "a_site_without_the_mechanism_waits_for_the_igp_alone",
            mixed,
        ),
    ]
}

fn run(name: &str, arguments: &str) -> anyhow::Result<ResultFile> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../topologies");
    run_file(&file.join(name), arguments)
}

fn run_file(file: &Path, arguments: &str) -> anyhow::Result<ResultFile> {
    let scratch = TempDir::new()?;
    let ended = invocation::run(&format!(
        "run {} --format json --output {} {arguments}",
        file.display(),
        scratch.path().display()
    ))?;
    // Code 3: other labs run beside this one.
    if ended.status.code() != Some(3) {
        ended.expect_code(0)?;
    }
    ResultFile::parse(&ended.stdout)
}

/// Probes to the VM that an observer lost.
fn lost(run: &Run, observer: &str) -> anyhow::Result<u64> {
    let is_it =
        |flow: &&lab_tests::result::Flow| flow.from == observer && flow.direction == "to-vm";
    let flow = run.flows.iter().find(is_it);
    Ok(flow
        .with_context(|| format!("no flow from {observer}"))?
        .report
        .lost)
}

/// Fails unless one lost many times as much as the other.
fn far_more(more: u64, less: u64) -> anyhow::Result<()> {
    ensure!(more > less * WAITS, "{more} is not {WAITS} times {less}");
    Ok(())
}

fn two_site() -> anyhow::Result<()> {
    let file = run("two-site.toml", "--modes igp-only,garp-flood")?;
    let baseline = file.run("igp-only", "comware-v5")?;
    let mechanism = file.run("garp-flood", "comware-v5")?;
    far_more(lost(baseline, "client-a")?, lost(mechanism, "client-a")?)?;
    far_more(lost(baseline, "client-a")?, lost(baseline, "client-b")?)?;
    let deaths = &baseline.flow("old", "to-vm")?.attribution.deaths;
    let is_local = |d: &lab_tests::result::Death| d.drop.as_deref() == Some("local-same-port");
    ensure!(deaths.iter().any(is_local), "{deaths:?}");
    ensure!(
        mechanism.first("flood-installed", Some("ed-a")).is_ok()
            || mechanism
                .phases
                .iter()
                .any(|p| p.text.contains("flood entry installed")),
        "{:?}",
        mechanism.phases
    );
    let copied: u64 = mechanism.copies.iter().map(|copies| copies.flooded).sum();
    ensure!(copied == 0, "{copied} copies between two sites");
    Ok(())
}

fn many_vlans() -> anyhow::Result<()> {
    let file = run("many-vlans.toml", "--igp immediate")?;
    let run = file.run("garp-flood", "immediate")?;
    let (mut moved, mut others) = (0, 0);
    for flow in &run.flows {
        let is_of_vm = [&flow.from, &flow.to].contains(&&run.migration.vm);
        moved += u32::from(is_of_vm);
        others += u32::from(!is_of_vm);
        let report = &flow.report;
        ensure!(
            is_of_vm || report.lost == 0 && report.duplicated == 0,
            "{} to {} had something of it: {report:?}",
            flow.from,
            flow.to
        );
        let copies = run.copies.iter().find(|copies| copies.flow == report.flow);
        let flooded = copies.map_or(0, |copies| copies.flooded);
        ensure!(
            is_of_vm || flooded == 0,
            "{} to {}: {flooded} copies",
            flow.from,
            flow.to
        );
    }
    ensure!((moved, others) == (6, 18), "{moved} and {others} flows");
    Ok(())
}

fn direct() -> anyhow::Result<()> {
    let file = run("direct.toml", "--modes igp-only,garp-flood")?;
    let baseline = file.run("igp-only", "comware-v5")?;
    let mechanism = file.run("garp-flood", "comware-v5")?;
    for observer in ["client-a", "client-b"] {
        far_more(lost(baseline, observer)?, lost(mechanism, observer)?)?;
    }
    for run in [baseline, mechanism] {
        let moved = &run.migration;
        ensure!(
            moved.from_attachment == "direct" && moved.to_attachment == "direct",
            "{moved:?}"
        );
        let deaths = &run.flow("third", "to-vm")?.attribution.deaths;
        let is_port = |d: &&lab_tests::result::Death| {
            d.node == "ed-a" && d.drop.as_deref() == Some("port-down")
        };
        let at_port: u64 = deaths.iter().filter(is_port).map(|d| d.count).sum();
        ensure!(at_port > 0, "{}: {deaths:?}", run.mode);
    }
    // The port has gone; what ed-a knew by it stays until IS-IS says otherwise.
    let [before, announced, published] = &baseline.moments[..] else {
        anyhow::bail!("{:?}", baseline.moments);
    };
    let at_a = |moment: &lab_tests::result::Moment| {
        let entry = moment.entries["ed-a"].as_ref();
        entry.map(|entry| (entry.state.clone(), entry.port.clone()))
    };
    let local = Some(("local".to_owned(), Some("h-vm1".to_owned())));
    ensure!(
        at_a(before) == local && at_a(announced) == local,
        "{:?}",
        at_a(announced)
    );
    let remote = Some(("remote".to_owned(), Some("evi-link2".to_owned())));
    ensure!(at_a(published) == remote, "{:?}", at_a(published));
    Ok(())
}

/// Site b's device is as it was bought, and has timers of its own: it hears announcements as the
/// broadcast that they are.
fn mixed() -> anyhow::Result<()> {
    let three_site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../topologies/three-site.toml");
    let own = "--set site.b.mode=igp-only --set site.b.igp.profile=cisco";
    let file = run_file(&three_site, own)?;
    let run = file.run("garp-flood", "comware-v5")?;
    for (name, mode, profile) in [
        ("ed-a", "garp-flood", "comware-v5"),
        ("ed-b", "igp-only", "cisco"),
        ("ed-c", "garp-flood", "comware-v5"),
    ] {
        let device = run.devices.iter().find(|device| device.name == name);
        let device = device.with_context(|| name.to_owned())?;
        ensure!(
            device.mode == mode && device.igp_profile == profile,
            "{device:?}"
        );
    }
    far_more(lost(run, "client-b")?, lost(run, "client-a")?)?;
    let announced = &run.moments[1];
    let state = |device: &str| {
        let entry = announced.entries[device].as_ref();
        entry.map(|entry| entry.state.clone())
    };
    ensure!(state("ed-a").as_deref() == Some("flood"), "{announced:?}");
    ensure!(state("ed-b").as_deref() == Some("remote"), "{announced:?}");
    Ok(())
}
