//! What causes an outage, and in which order things happen. Orders and ratios, never absolute times.

use std::sync::Arc;

use anyhow::{Context, ensure};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::result::{Flow, Run};
use libtest_mimic::Trial;

use crate::stage::{Compared, Stage};

/// "A few probes": what scheduling may add to an outage whose cause is over.
pub(crate) const A_FEW_PROBES: u64 = 10;
/// The mechanism's outage is this much shorter than the IGP's delay, or it has not helped.
const CLEARLY: u64 = 10;

type Test = fn(&Compared) -> anyhow::Result<()>;

pub(crate) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let tests: [(&str, Test); 7] = [
        (
            "igp_only_outage_of_old_and_third_site_is_the_lsp_delay",
            igp_only_outage,
        ),
        ("igp_only_new_site_recovers_without_the_igp", new_site),
        ("garp_flood_recovers_before_the_lsp", recovery_before_lsp),
        ("garp_flood_outage_is_the_floor", floor),
        (
            "announcement_flood_entry_lsp_remote_entry_in_this_order",
            order,
        ),
        ("no_duplicate_reaches_anybody", duplicates),
        ("flood_entries_copy_and_nothing_else_does", copies),
    ];
    let trial = |(name, test): (&str, Test)| {
        let stage = stage.clone();
        needing(&[Requirement::Lab], name, move || test(stage.conclusive()?))
    };
    tests.into_iter().map(trial).collect()
}

/// Time between two probes of a flow, nanoseconds.
pub(crate) fn interval(flow: &Flow) -> anyhow::Result<u64> {
    let rate = flow
        .report
        .rate
        .as_u64()
        .context("a rate that is no number")?;
    Ok(1_000_000_000 / rate)
}

/// What of the LSP delay was left when the VM moved: from the trigger to the LSP.
fn lsp_delay(run: &Run) -> anyhow::Result<u64> {
    Ok(run.first("lsp-originated", Some("ed-c"))?.since_trigger_ns)
}

pub(crate) fn floor_of(run: &Run) -> u64 {
    run.floor.kernel_move_ns + run.floor.downtime_ns
}

fn first_good(flow: &Flow) -> anyhow::Result<u64> {
    let good = flow.report.recovery.first_good.as_ref();
    let state = &flow.report.recovery.state;
    let good = good.with_context(|| format!("{} to {}: {state}", flow.from, flow.to))?;
    Ok(good.received_at)
}

/// "Until 3 is done the traffic of the other sites to the VM is lost": [4, 5] of the patent.
fn igp_only_outage(compared: &Compared) -> anyhow::Result<()> {
    let run = compared.baseline()?;
    let (delay, published) = (
        lsp_delay(run)?,
        run.first("lsp-originated", Some("ed-c"))?.at,
    );
    for site in ["old", "third"] {
        let flow = run.flow(site, "to-vm")?;
        let (outage, slack) = (&flow.report.outage.duration, A_FEW_PROBES * interval(flow)?);
        // The VM was still reachable for a part of the floor, while the kernel had not begun.
        let least = delay.saturating_sub(floor_of(run) + slack);
        ensure!(
            outage.lower_ns >= least,
            "{site}: {outage:?}, LSP delay {delay} ns"
        );
        ensure!(
            first_good(flow)? > published,
            "{site}: recovered before the LSP"
        );
    }
    Ok(())
}

/// Step 1 of the baseline: ED-C learns the VM by itself.
fn new_site(compared: &Compared) -> anyhow::Result<()> {
    let run = compared.baseline()?;
    let published = run.first("lsp-originated", Some("ed-c"))?.at;
    for direction in ["to-vm", "from-vm"] {
        let good = first_good(run.flow("new", direction)?)?;
        ensure!(good < published, "{direction}: waited for the IGP");
    }
    Ok(())
}

/// what a flood entry is for.
fn recovery_before_lsp(compared: &Compared) -> anyhow::Result<()> {
    let run = compared.mechanism()?;
    let published = run.first("lsp-originated", Some("ed-c"))?.at;
    for flow in &run.flows {
        let good = first_good(flow)?;
        ensure!(
            good < published,
            "{} to {} waited for the IGP",
            flow.from,
            flow.to
        );
    }
    Ok(())
}

/// What is left with the mechanism is what the move itself takes.
fn floor(compared: &Compared) -> anyhow::Result<()> {
    let run = compared.mechanism()?;
    let delay = lsp_delay(run)?;
    for flow in &run.flows {
        let share = flow
            .report
            .outage
            .duration
            .lower_ns
            .saturating_sub(floor_of(run));
        let (from, to) = (&flow.from, &flow.to);
        ensure!(
            share.saturating_mul(CLEARLY) < delay,
            "{from} to {to}: {share} ns above the floor, with an LSP delay of {delay} ns"
        );
    }
    for site in ["old", "third"] {
        let baseline = compared.baseline()?.flow(site, "to-vm")?;
        let mechanism = run.flow(site, "to-vm")?;
        let shortest = baseline.report.outage.duration.lower_ns;
        let longest = mechanism
            .report
            .outage
            .duration
            .upper_ns
            .context("no end")?;
        ensure!(
            shortest > longest * CLEARLY,
            "{site}: {shortest} ns, with flood {longest} ns"
        );
    }
    Ok(())
}

/// one after the other, at every device that takes part.
fn order(compared: &Compared) -> anyhow::Result<()> {
    let run = compared.mechanism()?;
    let sent = run.first("announcement-sent", Some("ed-c"))?.at;
    let originated = run.first("lsp-originated", Some("ed-c"))?.at;
    for device in ["ed-a", "ed-b"] {
        let flood = run.first("flood-entry", Some(device))?.at;
        let remote = run.first("remote-entry", Some(device))?.at;
        let stamps = [sent, flood, originated, remote];
        ensure!(stamps.is_sorted_by(|a, b| a < b), "{device}: {stamps:?}");
    }
    ensure!(
        run.phases.is_sorted_by_key(|phase| phase.at),
        "the phases are not in order"
    );
    let baseline = compared.baseline()?;
    for kind in ["announcement-sent", "flood-entry"] {
        ensure!(
            baseline.first(kind, None).is_err(),
            "igp-only has a phase {kind}"
        );
    }
    let originated = baseline.first("lsp-originated", Some("ed-c"))?.at;
    for device in ["ed-a", "ed-b"] {
        let remote = baseline.first("remote-entry", Some(device))?.at;
        ensure!(
            originated < remote,
            "igp-only, {device}: remote before it was published"
        );
    }
    Ok(())
}

/// copies that reach another site's device die there.
fn duplicates(compared: &Compared) -> anyhow::Result<()> {
    for flow in compared.result.runs.iter().flat_map(|run| &run.flows) {
        let duplicated = flow.report.duplicated;
        ensure!(
            duplicated == 0,
            "{} to {}: {duplicated} duplicates",
            flow.from,
            flow.to
        );
    }
    Ok(())
}

/// while, and only while, there is a flood entry, probes go out on every EVI link.
fn copies(compared: &Compared) -> anyhow::Result<()> {
    for run in [compared.baseline()?, compared.mechanism()?] {
        for flow in &run.flows {
            let of_flow = run
                .copies
                .iter()
                .find(|copies| copies.flow == flow.report.flow);
            let flooded = of_flow.map_or(0, |copies| copies.flooded);
            let to_moved = flow.direction == "to-vm" && flow.site_role != "new";
            let expected = run.mode == "garp-flood" && to_moved;
            ensure!(
                (flooded > 0) == expected,
                "{}, {} to {}: {flooded} flooded",
                run.mode,
                flow.from,
                flow.to
            );
        }
    }
    Ok(())
}
