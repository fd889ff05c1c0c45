//! Raw gaps, one a line (RFC 4180).

use core::fmt::Write as _;

use crate::result::ResultFile;

/// The columns. A flow that lost nothing has a line with `lost` 0 and no stamps.
const HEADER: &str = "topology,igp_profile,mode,repeat,warmth,seed,counts,from,to,direction,site_role,\
gap,lost,first_sequence,last_sequence,first_sent_since_trigger_ns,last_sent_since_trigger_ns,\
value_ns,lower_ns,upper_ns,is_outage";

pub(super) fn gaps(file: &ResultFile) -> String {
    let mut text = format!("{HEADER}\r\n");
    for run in &file.runs {
        for flow in &run.flows {
            let start = [
                field(&run.topology),
                run.igp_profile.to_string(),
                run.mode.to_string(),
                run.repeat.to_string(),
                run.warmth.name().to_owned(),
                run.seed.to_string(),
                run.counts().to_string(),
                field(&flow.from),
                field(&flow.to),
                flow.direction_name().to_owned(),
                flow.site_role.name().replace(' ', "-"),
            ];
            let start = start.join(",");
            let report = &flow.report;
            if report.gaps.is_empty() {
                let none = &report.outage.duration;
                let upper = none
                    .upper
                    .map_or_else(String::new, |u| u.as_nanos().to_string());
                let _ = write!(text, "{start},0,0,,,,,0,0,{upper},false\r\n");
            }
            for (number, gap) in (1..).zip(&report.gaps) {
                let since = |at: wire::Timestamp| {
                    let trigger = report.window.trigger;
                    i128::from(at.as_nanos()) - i128::from(trigger.as_nanos())
                };
                let (value, lower) = (gap.duration.value, gap.duration.lower);
                let upper = gap.duration.upper;
                let upper = upper.map_or_else(String::new, |upper| upper.as_nanos().to_string());
                let _ = write!(
                    text,
                    "{start},{number},{},{},{},{},{},{},{},{upper},{}\r\n",
                    gap.lost,
                    gap.first.0,
                    gap.last.0,
                    since(gap.first_sent),
                    since(gap.last_sent),
                    value.as_nanos(),
                    lower.as_nanos(),
                    report.outage.gap == Some(*gap),
                );
            }
        }
    }
    text
}

/// A text, in quotes where it needs them.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
