//! From what was observed to a result.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use edge_api::{Event, EventKind, Status};
use meter::attribution::{Away, Device, EntryHistory, FlowPath, Holder};
use meter::phases::{DeviceEvents, FirstGood, Floor, MarkKind, Migration, timeline};
use meter::schedule::Rate;
use meter::{Attribution, FlowId, FlowReport, Limits, Phase, Window, copies};
use topology::Plan;
use topology::plan::{Flow, FlowDirection, MigrationPlan, NodeName, NodeRole};
use wire::{MacAddr, Timestamp};

use super::{DRAIN, Observed, devices, disturbances};
use crate::lab::{Lab, LabError};
use crate::result::{FlowResult, MigrationSummary, RunResult, SiteRole, Warmth};

struct Judge<'a> {
    plan: &'a Plan,
    migration: &'a MigrationPlan,
    observed: &'a Observed,
    events: BTreeMap<Arc<str>, Vec<Event>>,
    devices: Vec<Device>,
    limits: Limits,
}

/// What is judged.
pub(super) struct Subject {
    /// The capture, below the run's directory.
    pub(super) capture: String,
    /// Which repeat it is, from 1.
    pub(super) repeat: u32,
}

pub(super) async fn judge(
    lab: &Lab,
    migration: &MigrationPlan,
    subject: Subject,
    devices: Vec<Status>,
    observed: Observed,
) -> Result<RunResult, LabError> {
    let mut counters = BTreeMap::new();
    for device in lab.edge_devices() {
        counters.insert(device.name().clone(), device.counters().await?);
    }
    let judge = Judge::new(lab, migration, &observed);
    let reports = judge.reports();
    let phases = judge.phases(&reports);
    let floor = Floor::of(&phases, migration.downtime).ok_or_else(|| {
        let problem = "it was not detached and attached".to_owned();
        LabError::Control {
            name: migration.vm.to_string(),
            problem,
        }
    })?;
    let flows = judge.flows(reports, &floor);
    let impairments = lab.impairments().await?;
    let mut disturbances = disturbances::of(judge.observed, &judge.events, &flows);
    disturbances.extend(impairments.disturbances());
    let (plan, first) = (lab.plan(), devices.first());
    Ok(RunResult {
        topology: plan.name.clone(),
        seed: plan.seed,
        repeat: subject.repeat,
        warmth: match subject.repeat {
            1 => Warmth::Cold,
            _ => Warmth::Warm,
        },
        mode: plan.mode,
        igp_profile: plan.igp_profile,
        lsp_generation: first.map(|d| d.lsp_generation.clone()).unwrap_or_default(),
        migration: judge.summary(),
        igp_quiet: judge.igp_quiet(),
        floor,
        phases,
        copies: copies::count(&observed.captured.points, &observed.captured.seen),
        flows,
        counters,
        devices,
        capture: Some(subject.capture),
        impairments,
        disturbances,
        moments: observed.moments,
        evi_links: devices::evi_links(plan),
        capture_points: observed.captured.points,
    })
}

impl<'a> Judge<'a> {
    fn new(lab: &'a Lab, migration: &'a MigrationPlan, observed: &'a Observed) -> Self {
        let plan = lab.plan();
        let configs = || plan.edge_devices.iter().map(|device| &device.config);
        let device = |config: &edge_api::EdgeConfig| Device {
            name: config.name.as_str().into(),
            address: config.public.address,
        };
        let events = configs().map(|c| (c.name.as_str().into(), lab.journal().of(&c.name)));
        Self {
            plan,
            migration,
            observed,
            events: events.collect(),
            devices: configs().map(device).collect(),
            limits: Limits::default(),
        }
    }

    fn reports(&self) -> BTreeMap<FlowId, FlowReport> {
        let rate = Rate::per_second(self.plan.probes.rate);
        let logs = &self.observed.logs;
        let window = Window::new(self.observed.migrated.trigger, logs.end, DRAIN);
        let judge = |(id, (sent, received)): (&FlowId, &(meter::SentLog, meter::ReceivedLog))| {
            Some((
                *id,
                FlowReport::new(sent, received, rate?, window, &self.limits),
            ))
        };
        logs.flows.iter().filter_map(judge).collect()
    }

    fn phases(&self, reports: &BTreeMap<FlowId, FlowReport>) -> Vec<Phase> {
        let moved = self.migration;
        let trigger = self.observed.migrated.trigger;
        let migration = Migration {
            vlan: moved.vlan,
            mac: moved.vm_mac,
            trigger,
        };
        let devices: Vec<_> = self
            .events
            .iter()
            .map(|(node, events)| DeviceEvents { node, events })
            .collect();
        let first_good = self.plan.flows.iter().filter_map(|flow| {
            let report = reports.get(&FlowId(flow.number))?;
            FirstGood::of(report, flow.from.as_str().into(), flow.to.as_str().into())
        });
        let first_good: Vec<_> = first_good.collect();
        timeline(
            &migration,
            &self.observed.migrated.marks,
            &devices,
            &first_good,
        )
    }

    fn flows(&self, reports: BTreeMap<FlowId, FlowReport>, floor: &Floor) -> Vec<FlowResult> {
        let result = |(id, report): (FlowId, FlowReport)| {
            let flow = self.plan.flows.iter().find(|flow| flow.number == id.0)?;
            let (sent, _) = self.observed.logs.flows.get(&id)?;
            let captured = &self.observed.captured;
            let path = self.path(flow);
            let observer_device = devices::of_site(self.plan, &flow.observer_site)?;
            let (points, seen) = (&captured.points, &captured.seen);
            let attribution = Attribution::new(&report, sent, &path, &self.devices, points, seen);
            Some(FlowResult {
                from: flow.from.to_string(),
                to: flow.to.to_string(),
                direction: flow.direction,
                observer_site: flow.observer_site.clone(),
                observer_device: observer_device.config.name.clone(),
                site_role: self.site_role(&flow.observer_site),
                control_plane_share: floor.control_plane_share(&report.outage.duration),
                attribution,
                capture: self.observed.witness.of(&report),
                report,
            })
        };
        reports.into_iter().filter_map(result).collect()
    }

    fn site_role(&self, site: &str) -> SiteRole {
        let migration = self.migration;
        if site == migration.from.site {
            SiteRole::Old
        } else if site == migration.to.site {
            SiteRole::New
        } else {
            SiteRole::Third
        }
    }

    fn path(&self, flow: &Flow) -> FlowPath {
        let migration = self.migration;
        let is_moved = |node: &NodeName| *node == migration.vm;
        let away = self.away();
        let receiver = if flow.direction == FlowDirection::ToVm {
            &flow.vm
        } else {
            &flow.observer
        };
        let holder = |site: &str, since| {
            let device = devices::of_site(self.plan, site)?
                .config
                .name
                .as_str()
                .into();
            Some(Holder { since, device })
        };
        let holders = if is_moved(receiver) {
            let (from, to) = (&migration.from.site, &migration.to.site);
            [holder(from, Timestamp::ZERO), holder(to, away.from)]
        } else {
            [holder(&flow.observer_site, Timestamp::ZERO), None]
        };
        FlowPath {
            flow: FlowId(flow.number),
            sender: flow.from.as_str().into(),
            receiver: flow.to.as_str().into(),
            sender_away: is_moved(&flow.from).then_some(away),
            receiver_away: is_moved(&flow.to).then_some(away),
            holders: holders.into_iter().flatten().collect(),
            entries: self.entries(self.mac_of(&flow.to)),
        }
    }

    fn mac_of(&self, node: &NodeName) -> Option<MacAddr> {
        let host = self
            .plan
            .namespaces
            .iter()
            .find(|namespace| namespace.node == *node)?;
        match &host.role {
            NodeRole::Host { mac, .. } => Some(*mac),
            _ => None,
        }
    }

    /// When the VM was plugged in nowhere.
    fn away(&self) -> Away {
        let migrated = &self.observed.migrated;
        let attached = migrated
            .marks
            .iter()
            .rfind(|mark| mark.kind == MarkKind::Attached);
        let until = attached.map_or(migrated.trigger, |mark| mark.at);
        Away {
            from: migrated.trigger,
            until,
        }
    }

    fn entries(&self, mac: Option<MacAddr>) -> BTreeMap<Arc<str>, EntryHistory> {
        let vlan = self.migration.vlan;
        let history = |(name, events): (&Arc<str>, &Vec<Event>)| {
            Some((name.clone(), EntryHistory::new(None, vlan, mac?, events)))
        };
        self.events.iter().filter_map(history).collect()
    }

    fn summary(&self) -> MigrationSummary {
        let migration = self.migration;
        MigrationSummary {
            vm: migration.vm.to_string(),
            vlan: migration.vlan,
            mac: migration.vm_mac,
            ip: migration.vm_address,
            from: migration.from.site.clone(),
            to: migration.to.site.clone(),
            from_attachment: migration.from.kind().name().to_owned(),
            to_attachment: migration.to.kind().name().to_owned(),
            style: migration.style.name().to_owned(),
            announce: migration.announce.name().to_owned(),
            trigger: self.observed.migrated.trigger,
        }
    }

    /// How old the last LSP of the new site's device was at the trigger.
    fn igp_quiet(&self) -> Option<Duration> {
        let device = devices::of_site(self.plan, &self.migration.to.site)?;
        let trigger = self.observed.migrated.trigger;
        let events = self.events.get(device.config.name.as_str())?;
        let is_lsp = |event: &&Event| {
            event.at < trigger && matches!(event.kind, EventKind::LspOriginated { .. })
        };
        let last = events.iter().rfind(is_lsp)?;
        Some(trigger.saturating_since(last.at))
    }
}
