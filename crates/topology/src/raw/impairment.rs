//! `[[impairment]]`: how the underlay treats packets from one site to another.

use std::time::Duration;

use impairment::{Rate, Share};
use toml::Spanned;

use super::Field;
use super::reader::TableReader;
use crate::diagnostic::Span;

pub(super) const IMPAIRMENT: &[&str] = &[
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
];

/// One `[[impairment]]`.
#[derive(Clone, Debug, Default)]
pub struct Impairment {
    /// Where the table is; `None` when what it says of the path was reported already.
    pub place: Option<Span>,
    /// `between`: two sites by name, `*` for any; both directions.
    pub between: Field<Vec<Spanned<String>>>,
    /// `from`, a site by name, or `*`.
    pub from: Field<String>,
    /// `to`, a site by name, or `*`.
    pub to: Field<String>,
    /// `delay`.
    pub delay: Field<Duration>,
    /// `jitter`.
    pub jitter: Field<Duration>,
    /// `loss`.
    pub loss: Field<Share>,
    /// `burst`, packets.
    pub burst: Field<u64>,
    /// `rate`.
    pub rate: Field<Rate>,
    /// `queue`, packets.
    pub queue: Field<u64>,
    /// `duplicate`.
    pub duplicate: Field<Share>,
    /// `reorder`.
    pub reorder: Field<Share>,
}

pub(crate) fn read(table: &mut TableReader<'_, '_>) -> Impairment {
    let reported = table.diagnostics.iter().count();
    let between = table.names("between", "two sites");
    let (from, to) = (table.text("from"), table.text("to"));
    let is_sound = table.diagnostics.iter().count() == reported;
    Impairment {
        place: table.place().filter(|_| is_sound),
        between,
        from,
        to,
        delay: table.duration("delay"),
        jitter: table.duration("jitter"),
        loss: table.parse("loss", "a share", str::parse),
        burst: table.number("burst"),
        rate: table.parse("rate", "a rate", str::parse),
        queue: table.number("queue"),
        duplicate: table.parse("duplicate", "a share", str::parse),
        reorder: table.parse("reorder", "a share", str::parse),
    }
}
