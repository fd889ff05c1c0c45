//! Where lost probes died: each has one cause, and the cause fits the tables.

use std::sync::Arc;

use anyhow::{Context, ensure};
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;

use crate::causes::{A_FEW_PROBES, floor_of, interval};
use crate::stage::{Compared, Stage};

type Test = fn(&Compared) -> anyhow::Result<()>;

pub(crate) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let tests: [(&str, Test); 3] = [
        ("losses_add_up", sums),
        ("deaths_are_where_the_tables_led", deaths),
        ("no_reason_contradicts_the_forwarding_rules", reasons),
    ];
    let trial = |(name, test): (&str, Test)| {
        let stage = stage.clone();
        needing(&[Requirement::Lab], name, move || test(stage.conclusive()?))
    };
    tests.into_iter().map(trial).collect()
}

fn sums(compared: &Compared) -> anyhow::Result<()> {
    for flow in compared.result.runs.iter().flat_map(|run| &run.flows) {
        let (report, attribution) = (&flow.report, &flow.attribution);
        let losses = &report.losses;
        let died = attribution.deaths.iter().map(|death| death.count).sum();
        let sums = [
            losses.before_event + losses.outage + losses.other,
            attribution.lost,
            died,
        ];
        ensure!(
            sums == [report.lost; 3],
            "{} to {}: {sums:?}, lost {}",
            flow.from,
            flow.to,
            report.lost
        );
        ensure!(
            report.received + report.lost == report.judged,
            "{} to {}",
            flow.from,
            flow.to
        );
        ensure!(
            losses.outage == report.outage.lost,
            "{} to {}",
            flow.from,
            flow.to
        );
        ensure!(
            losses.before_event == 0,
            "the baseline of {} to {} lost",
            flow.from,
            flow.to
        );
        ensure!(
            report.lost > 0,
            "{} to {}: a move that costs nothing",
            flow.from,
            flow.to
        );
    }
    Ok(())
}

/// In the baseline: from the old site back at ED-A's own port, from the third site into the old site.
fn deaths(compared: &Compared) -> anyhow::Result<()> {
    let baseline = compared.baseline()?;
    let expected = [
        ("old", "ed-a", "edge-device", Some("local-same-port")),
        ("third", "site-a", "site", None),
    ];
    for (site, node, place, drop) in expected {
        let flow = baseline.flow(site, "to-vm")?;
        let death = flow.attribution.deaths.first().context("no death")?;
        let found = (
            death.node.as_str(),
            death.place.as_str(),
            death.drop.as_deref(),
        );
        ensure!(
            found == (node, place, drop),
            "{site}: most died thus: {death:?}"
        );
        // Whatever else there is happened while the link itself was moved.
        let others = flow.report.lost - death.count;
        let moving = floor_of(baseline) / interval(flow)? + A_FEW_PROBES;
        ensure!(
            others <= moving,
            "{site}: {others} died otherwise: {:?}",
            flow.attribution.deaths
        );
    }
    for flow in compared.result.runs.iter().flat_map(|run| &run.flows) {
        for death in &flow.attribution.deaths {
            // The VM's own end is cut; everybody else's probes reach their edge device or, within
            // the site that the VM left or came to, its switch.
            let at_home = matches!(death.place.as_str(), "site" | "sender-host");
            let own_cable = matches!(death.node.as_str(), "vm1" | "site-a" | "site-c");
            let cut_off = flow.direction != "from-vm" || (at_home && own_cable);
            ensure!(cut_off, "{} to {}: {death:?}", flow.from, flow.to);
            ensure!(
                death.place != "unobserved",
                "{} to {}: {death:?}",
                flow.from,
                flow.to
            );
        }
    }
    Ok(())
}

/// a flood or remote entry leads to EVI links only, never out of a site port.
fn reasons(compared: &Compared) -> anyhow::Result<()> {
    for flow in compared.result.runs.iter().flat_map(|run| &run.flows) {
        for death in &flow.attribution.deaths {
            let by_local =
                !death.reason.contains("sent out of") || death.reason.contains("by entry local");
            ensure!(by_local, "{} to {}: {death:?}", flow.from, flow.to);
        }
    }
    Ok(())
}
