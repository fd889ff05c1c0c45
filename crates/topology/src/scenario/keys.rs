//! Which keys mean something to which step.

use super::raw;
use super::words::Verb;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, known};

/// Keys of every step.
const COMMON: &[&str] = &["name", "do", "at", "after", "when", "within"];

/// The keys that a step may have beside those of every step.
fn keys_of(verb: Verb) -> &'static [&'static str] {
    match verb {
        Verb::Migrate => &[
            "vm", "from", "to", "count", "kind", "downtime", "announce", "times", "pause",
        ],
        Verb::Announce => &["host"],
        Verb::LinkDown | Verb::LinkUp => &["link"],
        Verb::EdStop | Verb::EdKill | Verb::EdRestart => &["device"],
        Verb::TrafficStart => &["from", "to"],
        Verb::Impair => &[
            "between",
            "from",
            "to",
            "delay",
            "jitter",
            "loss",
            "burst",
            "rate",
            "queue",
            "duplicate",
            "reorder",
        ],
        Verb::ImpairReset => &["between", "from", "to"],
        Verb::Partition => &["sites", "from"],
        Verb::ChurnStart => &["host", "macs_per_second"],
        Verb::CaptureStart => &["file"],
        Verb::Show => &["what", "device"],
        Verb::Assert => &["expect", "holds"],
        Verb::TrafficStop | Verb::ChurnStop | Verb::CaptureStop | Verb::Heal | Verb::Wait => &[],
    }
}

/// Reports keys that mean nothing to this kind of step.
pub(super) fn check_keys(verb: Verb, raw: &raw::Step, diagnostics: &mut Diagnostics) {
    let own = keys_of(verb);
    for (key, place) in &raw.given {
        if COMMON.contains(&key.as_str()) || own.contains(&key.as_str()) {
            continue;
        }
        let message = format!("`{key}` means nothing to a step `{verb}`");
        let place = Diagnostic::new(Code::MisplacedKey, place.clone(), message);
        let all = own.iter().chain(COMMON).copied();
        diagnostics.push(
            place
                .label("not for this step")
                .help(format!("`{verb}` takes {}", known(all.collect::<Vec<_>>()))),
        );
    }
    let waits = raw.when.is_some() || verb == Verb::Assert;
    if let (Some(within), false) = (&raw.within, waits) {
        let message = "`within` needs a condition that is waited for";
        let place = Diagnostic::new(Code::MisplacedKey, within.span(), message);
        diagnostics.push(place.help("add `when = { ... }`, or remove it"));
    }
}
