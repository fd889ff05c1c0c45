//! The sites that had nothing to do with the move, where `garp-flood-verified` leaves them to wait for
//! the IGP (D-7).

use edge_api::{DropReason, MacState, Mode};
use meter::attribution::Death;
use meter::phases::PhaseKind;
use topology::plan::FlowDirection;

use super::millis;
use crate::result::{FlowResult, RunResult, SiteRole};

/// Index in [`RunResult::moments`]: announced, not published.
const ANNOUNCED: usize = 1;

/// Empty unless a third site's device heard the announcement and kept its old entry.
pub(super) fn text(run: &RunResult) -> String {
    let waiting = run.flows.iter().filter(|flow| is_waiting(run, flow));
    let lines: String = waiting.map(|flow| paragraph(run, flow)).collect();
    if lines.is_empty() {
        return lines;
    }
    format!("\nThird sites wait for the IGP: that is the mechanism as written (D-7)\n{lines}")
}

fn is_waiting(run: &RunResult, flow: &FlowResult) -> bool {
    let announced = run.moments.get(ANNOUNCED);
    let entry = announced.and_then(|moment| moment.entries.get(flow.observer_device.as_str()));
    let state = entry.and_then(Option::as_ref).map(|row| row.binding.state);
    run.mode == Mode::GarpFloodVerified
        && flow.site_role == SiteRole::Third
        && flow.direction == FlowDirection::ToVm
        && state == Some(MacState::Remote)
}

fn paragraph(run: &RunResult, flow: &FlowResult) -> String {
    let (vm, site, device) = (
        &run.migration.vm,
        &flow.observer_site,
        &flow.observer_device,
    );
    let at = |kind: PhaseKind| {
        let mut phases = run.phases.iter();
        let phase = phases.find(|phase| phase.kind == kind && *phase.node == **device);
        phase.map(|phase| millis(phase.since_trigger))
    };
    let heard = at(PhaseKind::AnnouncementHeard).map_or_else(
        || format!("{device} did not hear the announcement."),
        |at| format!("{device} heard the announcement {at} after the trigger."),
    );
    let published = at(PhaseKind::RemoteEntry).map_or_else(
        || "IS-IS had not published when the run ended.".to_owned(),
        |at| format!("IS-IS published {at} after the trigger."),
    );
    format!(
        " {heard}\n No snooping entry says that {vm} was in site {site}: nothing installed.\n \
         {published}\n Until then {device} sent to where {vm} had been.\n \
         {}: {} probes lost, outage {}.\n{}",
        flow.from,
        flow.report.lost,
        flow.report.outage.duration,
        deaths(flow)
    )
}

/// Where a flood entry met what the third site had sent.
fn deaths(flow: &FlowResult) -> String {
    let by_flood = |drop| drop == Some(DropReason::FloodFromPublic);
    let deaths = flow.attribution.deaths.iter();
    let line = |death: &Death| {
        let (count, node) = (death.count, &death.node);
        format!(" {count} of them died at {node}: flood entry, from the public side.\n")
    };
    deaths
        .filter(|death| by_flood(death.drop))
        .map(line)
        .collect()
}
