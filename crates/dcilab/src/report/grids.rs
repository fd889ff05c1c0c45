//! What reports show, as tables.

use edge_api::Mode;
use meter::statistics::{Interval, Summary};

use super::grid::Grid;
use super::millis;
use crate::result::{FlowResult, FlowStatistics, ResultFile, RunResult};
use crate::run_directory::Manifest;

/// A host's name; the observer's with what its site is to the move.
pub(super) fn flow_name(flow: &FlowResult) -> String {
    let end = |host: &str| match host == flow.observer() {
        true => format!("{host} ({})", flow.site_role.name()),
        false => host.to_owned(),
    };
    format!("{} to {}", end(&flow.from), end(&flow.to))
}

/// Every flow of every run, a line each.
pub(super) fn singles(file: &ResultFile) -> Grid {
    let mut grid = Grid::new([
        "flow",
        "IGP timers",
        "mode",
        "#repeat",
        "#lost",
        "#outage",
        "#floor",
        "#beyond it",
        "counts",
    ]);
    for run in &file.runs {
        for flow in &run.flows {
            grid.push([
                flow_name(flow),
                run.igp_profile.to_string(),
                run.mode.to_string(),
                run.repeat.to_string(),
                flow.report.lost.to_string(),
                flow.report.outage.duration.to_string(),
                millis(run.floor.total()),
                flow.control_plane_share.to_string(),
                match run.counts() {
                    true => "yes".to_owned(),
                    false => "no: disturbed".to_owned(),
                },
            ]);
        }
    }
    grid.rows
        .sort_by(|a, b| (&a[1], &a[0]).cmp(&(&b[1], &b[0])));
    grid
}

/// What the warm repeats say, a line for each flow and mode.
pub(super) fn statistics(file: &ResultFile) -> Grid {
    // Of fewer than 20, the 95th percentile is the maximum.
    let has_p95 = file.statistics.iter().any(|of| of.repeats.len() >= 20);
    let p95 = has_p95.then_some("#p95");
    let start = [
        "flow",
        "mode, IGP timers",
        "#repeats",
        "#outage: median",
        "#95 % interval",
    ];
    let end = ["#maximum", "#beyond it: median", "#Cliff's delta", "#ratio"];
    let mut grid = Grid::new(start.into_iter().chain(p95).chain(end));
    let mut lines: Vec<_> = file.statistics.iter().collect();
    lines.sort_by_key(|of| (of.igp_profile.name(), &of.from, &of.to));
    for of in lines {
        let flow = file.runs.iter().find_map(|run| run.flow(&of.from, &of.to));
        let (delta, ratio) = against_baseline(file, of);
        let start = [
            flow.map(flow_name).unwrap_or_default(),
            format!("{}, {}", of.mode, of.igp_profile),
            repeats(of),
            of.outage.median.to_string(),
            interval(&of.outage),
        ];
        let p95 = has_p95.then(|| of.outage.p95.to_string());
        let end = [
            of.outage.maximum.to_string(),
            of.control_plane_share.median.to_string(),
            delta,
            ratio,
        ];
        grid.push(start.into_iter().chain(p95).chain(end));
    }
    grid
}

fn repeats(of: &FlowStatistics) -> String {
    match of.left_out {
        0 => of.repeats.len().to_string(),
        n => format!("{} of {}", of.repeats.len(), of.repeats.len() + n),
    }
}

fn against_baseline(file: &ResultFile, of: &FlowStatistics) -> (String, String) {
    let effect = file.effects.iter().find(|effect| {
        (effect.igp_profile, effect.mechanism) == (of.igp_profile, of.mode)
            && (&effect.from, &effect.to) == (&of.from, &of.to)
    });
    match effect {
        Some(effect) => {
            let of = &effect.control_plane_share;
            let delta = match of.undecided {
                0 => format!("{:+.2}", of.cliffs_delta),
                _ => format!(
                    "{:+.2} ({:+.2} to {:+.2})",
                    of.cliffs_delta, of.delta_lower, of.delta_upper
                ),
            };
            (delta, of.ratio.to_string())
        }
        None if of.mode == Mode::IgpOnly => ("baseline".to_owned(), String::new()),
        None => (String::new(), String::new()),
    }
}

fn interval(summary: &Summary) -> String {
    summary.median_interval.map_or_else(
        || format!("needs {}", meter::statistics::FEWEST_FOR_INTERVAL),
        |Interval { lower, upper }| match upper {
            Some(upper) => format!(
                "{} to {}",
                tenths(lower, f64::floor),
                tenths(upper, f64::ceil)
            ),
            None => format!(">= {}", tenths(lower, f64::floor)),
        },
    )
}

/// Tenths of milliseconds, rounded outwards.
fn tenths(duration: core::time::Duration, round: fn(f64) -> f64) -> String {
    format!("{:.1} ms", round(duration.as_secs_f64() * 1e4) / 10.0)
}

/// Where lost packets of a run died.
pub(super) fn deaths(run: &RunResult) -> Grid {
    let mut grid = Grid::new(["flow", "#lost", "where", "why"]);
    for flow in &run.flows {
        for death in &flow.attribution.deaths {
            let why = match death.drop {
                Some(drop) => format!("{} ({drop})", death.reason),
                None => death.reason.clone(),
            };
            grid.push([
                flow_name(flow),
                death.count.to_string(),
                death.node.to_string(),
                why,
            ]);
        }
    }
    grid
}

/// The MAC tables at the moments of a run.
pub(super) fn moments(run: &RunResult) -> Grid {
    let devices: Vec<_> = run.devices.iter().map(|device| &*device.name).collect();
    let mut grid = Grid::new(["moment"].into_iter().chain(devices.iter().copied()));
    for moment in &run.moments {
        let cell = |device: &&str| {
            let entry = moment.entries.get(*device).and_then(Option::as_ref);
            let arp = moment.arp.get(*device);
            let mut lines =
                vec![entry.map_or_else(|| "-".to_owned(), |row| row.binding.to_string())];
            if let Some(arp) = arp {
                let snooping = arp
                    .snooping
                    .iter()
                    .map(|row| format!("snooping {}", row.port));
                let suppression = arp.suppression.iter();
                lines.extend(snooping);
                lines.extend(suppression.map(|row| format!("suppression {}", row.port)));
            }
            lines.join("\n")
        };
        let name = [moment.name.to_string()].into_iter();
        grid.push(name.chain(devices.iter().map(cell)));
    }
    grid
}

/// What the meter says of itself in a run.
pub(super) fn meter_error(run: &RunResult) -> Grid {
    let mut grid = Grid::new([
        "flow",
        "#rate",
        "#offered",
        "#judged",
        "#resolution",
        "#sent late",
        "#latest",
        "#longest stall",
        "#socket drops",
        "#delay: median",
        "#p99",
        "#duplicated",
        "#reordered",
    ]);
    for flow in &run.flows {
        let report = &flow.report;
        let resolution = report.outage.duration.resolution();
        let delay = |of: fn(&meter::analysis::Delay) -> core::time::Duration| {
            report
                .delay
                .as_ref()
                .map_or_else(String::new, |delay| millis(of(delay)))
        };
        grid.push([
            flow_name(flow),
            report.rate.to_string(),
            report.offered.to_string(),
            report.judged.to_string(),
            resolution.map_or_else(|| "unknown".to_owned(), millis),
            report.sender.late.to_string(),
            millis(report.sender.greatest_lateness),
            millis(report.sender.longest_stall),
            report.socket_drops.to_string(),
            delay(|delay| delay.median),
            delay(|delay| delay.p99),
            report.duplicated.to_string(),
            report.reordered.to_string(),
        ]);
    }
    grid
}

/// The settings in force.
pub(super) fn settings(file: &ResultFile, manifest: Option<&Manifest>) -> Grid {
    let mut grid = Grid::new(["setting", "value"]);
    for (name, value) in setting_pairs(file) {
        grid.push([name, value]);
    }
    if let Some(manifest) = manifest {
        let started = std::time::Duration::from_secs(manifest.started_unix_seconds);
        let started = std::time::UNIX_EPOCH + started;
        grid.push(["command line".to_owned(), manifest.arguments.join(" ")]);
        let begun = humantime::format_rfc3339_seconds(started).to_string();
        grid.push(["begun".to_owned(), begun]);
        grid.push(["kernel".to_owned(), manifest.kernel.clone()]);
        grid.push(["processors".to_owned(), manifest.cpus.to_string()]);
    }
    grid
}

/// Settings that all runs of a file share, and where they differ, all of them.
pub(super) fn setting_pairs(file: &ResultFile) -> Vec<(String, String)> {
    let each = |of: &dyn Fn(&RunResult) -> String| {
        let mut values: Vec<String> = Vec::new();
        for value in file.runs.iter().map(of) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values.join(", ")
    };
    let rate = |run: &RunResult| {
        let flow = run.flows.first();
        flow.map_or_else(String::new, |flow| flow.report.rate.to_string())
    };
    let attachments = |run: &RunResult| {
        let m = &run.migration;
        format!("{} at first, then {}", m.from_attachment, m.to_attachment)
    };
    let moved = |run: &RunResult| {
        let m = &run.migration;
        format!(
            "{} ({}, {}, VLAN {}) from {} to {}",
            m.vm, m.mac, m.ip, m.vlan, m.from, m.to
        )
    };
    let repeats = file.runs.iter().map(|run| run.repeat).max().unwrap_or(0);
    [
        ("dcilab", file.dcilab.clone()),
        ("topology", each(&|run| run.topology.clone())),
        ("modes", each(&|run| run.mode.to_string())),
        ("IGP timers", each(&|run| run.igp_profile.to_string())),
        (
            "LSP generation",
            each(&|run| format!("{}: {}", run.igp_profile, run.lsp_generation)),
        ),
        ("repeats", repeats.to_string()),
        ("seeds", each(&|run| run.seed.to_string())),
        ("move", each(&moved)),
        ("attachments", each(&attachments)),
        ("style", each(&|run| run.migration.style.clone())),
        ("announcement", each(&|run| run.migration.announce.clone())),
        ("downtime", each(&|run| millis(run.floor.downtime))),
        ("probes of each flow", each(&rate)),
        ("schema version", file.schema_version.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
