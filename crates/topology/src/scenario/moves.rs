//! The meaning of a step `migrate`.

use std::time::Duration;

use toml::Spanned;

use super::Migrate;
use super::names::Names;
use super::raw::{self, value};
use super::resolve::{Reader, in_range, limited, missing, some};
use super::words::MoveKind;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// What a machine that is switched off and on again takes.
const COLD_DOWNTIME: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_secs(1);
const TIMES: core::ops::RangeInclusive<u64> = 1..=1000;

impl Reader<'_> {
    pub(super) fn migrate(
        &self,
        raw: &raw::Step,
        diagnostics: &mut Diagnostics,
    ) -> Option<Migrate> {
        let kind = value(&raw.kind).unwrap_or_default();
        let usual = self.topology.migration();
        let vms = match &raw.vm {
            Some(vm) => Names::all(Code::UnknownHost, "VM", vm, &self.names.vms, diagnostics),
            None => match usual {
                Some(usual) => vec![self.topology.host(usual.vm).name.clone()],
                None => {
                    missing("vm", "vm1", raw, diagnostics);
                    Vec::new()
                }
            },
        };
        check_kind(kind, raw, diagnostics);
        let to = match &raw.path.to {
            Some(_) => self.names.site(&raw.path.to, diagnostics),
            None if kind == MoveKind::FailBack => None,
            None => match usual {
                Some(usual) => Some(self.topology.site(usual.to).name.clone()),
                None => {
                    missing("to", "c", raw, diagnostics);
                    None
                }
            },
        };
        let from = self.names.site(&raw.path.from, diagnostics);
        let downtime = match (&raw.downtime, kind) {
            (None, MoveKind::Cold) => Some(COLD_DOWNTIME),
            (None, _) => None,
            (given, _) => Some(limited("downtime", given, Duration::ZERO, diagnostics)),
        };
        let count = raw.count.as_ref();
        let count = count.map(|_| in_range("count", &raw.count, 1, 1..=1000, diagnostics));
        Some(Migrate {
            vms: some(vms)?,
            from,
            count: count.and_then(|count| usize::try_from(count).ok()),
            to,
            kind,
            downtime,
            announce: value(&raw.announce),
            times: u32::try_from(in_range("times", &raw.times, 1, TIMES, diagnostics)).ok()?,
            pause: limited("pause", &raw.pause, PAUSE, diagnostics),
        })
    }
}

/// Reports keys that mean nothing to this kind of move.
fn check_kind(kind: MoveKind, raw: &raw::Step, diagnostics: &mut Diagnostics) {
    let to_and_fro = kind == MoveKind::PingPong;
    let misplaced = [
        ("times", raw.times.as_ref().map(Spanned::span), to_and_fro),
        ("pause", raw.pause.as_ref().map(Spanned::span), to_and_fro),
        (
            "to",
            raw.path.to.as_ref().map(Spanned::span),
            kind != MoveKind::FailBack,
        ),
    ];
    for (key, place, is_meant) in misplaced {
        if let (Some(place), false) = (place, is_meant) {
            let message = format!("`{key}` means nothing to a migration `{kind}`");
            diagnostics.push(Diagnostic::new(Code::MisplacedKey, place, message));
        }
    }
    if kind == MoveKind::StopAndCopy && raw.downtime.is_none() {
        let message = "a migration `stop-and-copy` has no `downtime`";
        let place = Diagnostic::new(Code::MissingKey, raw.place.clone(), message);
        diagnostics.push(place.help("add `downtime = \"300ms\"`"));
    }
}
