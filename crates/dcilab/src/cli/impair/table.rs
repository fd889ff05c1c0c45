//! What is asked of each path against what was measured, for people.

use impairment::{Delay, Statistics};

use crate::lab::{BackEnd, ImpairmentReport, PathReport};
use crate::report::{number, table};

pub(super) fn text(report: &ImpairmentReport) -> String {
    if report.paths.is_empty() {
        return "no path is impaired: the kernel routes\n".to_owned();
    }
    let mut rows = table([
        "from",
        "to",
        "asked",
        "packets",
        "delay ms min/mean/max",
        "lost",
        "burst",
        "dropped",
        "twice",
        "overtook",
        "kbit/s",
    ]);
    for path in &report.paths {
        let measured = &path.measured;
        rows.add_row(vec![
            path.path.from.clone().into(),
            path.path.to.clone().into(),
            asked(path).into(),
            number(measured.packets),
            number(delay(measured.delay)),
            number(percent(measured.loss())),
            number(decimal(measured.mean_burst())),
            dropped(measured).into(),
            number(measured.duplicates),
            number(measured.reordered),
            number(decimal(measured.throughput().map(|bits| bits / 1000.0))),
        ]);
    }
    let Report { back_end, because } = heading(report);
    format!(
        "impaired by {back_end}{because}\n\n{rows}\n{}",
        lost_by_machine(report)
    )
}

struct Report {
    back_end: BackEnd,
    because: String,
}

fn heading(report: &ImpairmentReport) -> Report {
    let because = match report.because.as_str() {
        "" => String::new(),
        because => format!(": {because}"),
    };
    Report {
        back_end: report.back_end,
        because,
    }
}

fn asked(path: &PathReport) -> String {
    let by = if path.is_live { "" } else { " (topology)" };
    match path.is_partitioned {
        true => format!("partitioned; {}{by}", path.asked),
        false => format!("{}{by}", path.asked),
    }
}

fn delay(delay: Option<Delay>) -> String {
    let millis = |time: core::time::Duration| time.as_secs_f64() * 1000.0;
    delay.map_or_else(nothing, |delay| {
        let [min, mean, max] = [delay.min, delay.mean(), delay.max].map(millis);
        format!("{min:.2}/{mean:.2}/{max:.2}")
    })
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(nothing, |share| format!("{:.2}%", share * 100.0))
}

fn decimal(value: Option<f64>) -> String {
    value.map_or_else(nothing, |value| format!("{value:.1}"))
}

fn nothing() -> String {
    "-".to_owned()
}

/// What was dropped beyond the losses that were asked for, by reason.
fn dropped(measured: &Statistics) -> String {
    let reasons = [
        ("queue-full", measured.queue_full),
        ("partitioned", measured.partitioned),
        ("overrun", measured.overrun),
    ];
    let told = reasons.iter().filter(|(_, count)| *count > 0);
    let told: Vec<_> = told
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    if told.is_empty() {
        nothing()
    } else {
        told.join(", ")
    }
}

fn lost_by_machine(report: &ImpairmentReport) -> String {
    match report.overruns {
        0 => String::new(),
        lost => format!(
            "\n{lost} packets came faster than this machine could take them, and count nowhere above\n"
        ),
    }
}
