//! The format of steps: keys, each typed and with its place.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeTable;

use super::words::{Answer, EntryState, LinkState, MoveKind, Seen, Table, Verb};
use crate::Announce;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use crate::raw::reader::TableReader;
use crate::raw::schema::Schema;
use crate::raw::{Field, Impairment, MAX_TEXT, impairment};

pub(crate) const SCENARIO: &[&str] = &["name", "description", "step"];
/// Keys of a step: those of every step, then those of some.
pub(crate) const STEP: &[&str] = &[
    "name",
    "do",
    "at",
    "after",
    "when",
    "within",
    "vm",
    "from",
    "to",
    "count",
    "kind",
    "downtime",
    "announce",
    "times",
    "pause",
    "host",
    "link",
    "device",
    "rate",
    "what",
    "expect",
    "holds",
    "file",
    "macs_per_second",
    "sites",
    "between",
    "delay",
    "jitter",
    "loss",
    "burst",
    "queue",
    "duplicate",
    "reorder",
];
pub(crate) const CONDITION: &[&str] = &[
    "mac",
    "adjacency",
    "drops",
    "lsps",
    "flow",
    "ping",
    "on",
    "state",
    "via",
    "at",
    "to",
    "at_least",
    "at_most",
    "lost_at_least",
    "lost_at_most",
    "outage_at_least",
    "outage_at_most",
    "compared_to",
    "compared_since",
    "times_at_least",
    "times_at_most",
    "answer",
    "since",
    "seen",
];

/// One `[[step]]`.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Where it is in the file.
    pub(crate) place: Span,
    /// The keys that it has, with their places.
    pub(crate) given: Vec<(String, Span)>,
    pub(crate) name: Field<String>,
    pub(crate) does: Field<Verb>,
    pub(crate) at: Field<Duration>,
    pub(crate) after: Field<String>,
    pub(crate) when: Option<Condition>,
    pub(crate) within: Field<Duration>,
    pub(crate) vm: Field<String>,
    /// `between`, `from`, `to`, and what is asked of a path.
    pub(crate) path: Impairment,
    pub(crate) sites: Field<Vec<Spanned<String>>>,
    pub(crate) macs_per_second: Field<u64>,
    pub(crate) count: Field<u64>,
    pub(crate) kind: Field<MoveKind>,
    pub(crate) downtime: Field<Duration>,
    pub(crate) announce: Field<Announce>,
    pub(crate) times: Field<u64>,
    pub(crate) pause: Field<Duration>,
    pub(crate) host: Field<String>,
    pub(crate) link: Field<String>,
    pub(crate) device: Field<String>,
    pub(crate) what: Field<Table>,
    pub(crate) expect: Option<Condition>,
    pub(crate) holds: Field<Duration>,
    pub(crate) file: Field<String>,
}

/// `when = { ... }` or `expect = { ... }`.
#[derive(Clone, Debug, Default)]
pub struct Condition {
    pub(crate) place: Span,
    pub(crate) given: Vec<(String, Span)>,
    pub(crate) mac: Field<String>,
    pub(crate) adjacency: Field<LinkState>,
    pub(crate) drops: Field<String>,
    pub(crate) lsps: Field<String>,
    pub(crate) flow: Field<String>,
    pub(crate) ping: Field<String>,
    pub(crate) on: Field<String>,
    pub(crate) state: Field<EntryState>,
    pub(crate) via: Field<String>,
    pub(crate) at: Field<String>,
    pub(crate) to: Field<String>,
    pub(crate) at_least: Field<u64>,
    pub(crate) at_most: Field<u64>,
    pub(crate) lost_at_least: Field<u64>,
    pub(crate) lost_at_most: Field<u64>,
    pub(crate) outage_at_least: Field<Duration>,
    pub(crate) outage_at_most: Field<Duration>,
    pub(crate) compared_to: Field<String>,
    pub(crate) compared_since: Field<String>,
    pub(crate) times_at_least: Field<u64>,
    pub(crate) times_at_most: Field<u64>,
    pub(crate) answer: Field<Answer>,
    pub(crate) since: Field<String>,
    pub(crate) seen: Field<Seen>,
}

/// A scenario in a file of its own, as it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    pub(crate) name: Field<String>,
    pub(crate) description: Field<String>,
    pub(crate) steps: Vec<Step>,
}

/// Reads a file of its own.
pub(crate) fn document(text: &str, diagnostics: &mut Diagnostics) -> Option<File> {
    if text.len() > MAX_TEXT {
        let message = format!(
            "the file has {} bytes: at most {MAX_TEXT} are read",
            text.len()
        );
        diagnostics.push(Diagnostic::nowhere(Code::FileTooLarge, message));
        return None;
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        diagnostics.push(match error.span() {
            Some(span) => Diagnostic::new(Code::Syntax, span, error.message()),
            None => Diagnostic::nowhere(Code::Syntax, error.message()),
        });
    }
    errors.is_empty().then(|| {
        let mut top = TableReader::new(
            document.get_ref(),
            None,
            "a scenario",
            SCENARIO,
            diagnostics,
        );
        file(&mut top)
    })
}

/// The JSON Schema of a file of its own.
pub(crate) fn describe() -> Schema {
    let mut schema = Schema::table("a scenario");
    let mut nothing = Diagnostics::default();
    file(&mut TableReader::describing(
        "a scenario",
        &mut schema,
        &mut nothing,
    ));
    schema
}

fn file(top: &mut TableReader<'_, '_>) -> File {
    top.require(&[("step", "[[step]]` with `do")]);
    File {
        name: top.text("name"),
        description: top.text("description"),
        steps: steps(top),
    }
}

/// The steps of a file.
pub(crate) fn steps(top: &mut TableReader<'_, '_>) -> Vec<Step> {
    top.tables("step", "[[step]]", STEP, step)
}

fn step(table: &mut TableReader<'_, '_>) -> Step {
    table.require(&[("do", "do = \"migrate\"")]);
    Step {
        place: table.place().unwrap_or_default(),
        given: table.given(),
        name: table.text("name"),
        does: table.word("do", "a step", Verb::ALL),
        at: table.duration("at"),
        after: table.text("after"),
        when: table
            .table("when", "when = { ... }", CONDITION)
            .map(condition),
        within: table.duration("within"),
        vm: table.text("vm"),
        path: impairment::read(table),
        sites: table.names("sites", "sites"),
        macs_per_second: table.number("macs_per_second"),
        count: table.number("count"),
        kind: table.word("kind", "a kind of migration", MoveKind::ALL),
        downtime: table.duration("downtime"),
        announce: table.word("announce", "an announcement", Announce::ALL),
        times: table.number("times"),
        pause: table.duration("pause"),
        host: table.text("host"),
        link: table.text("link"),
        device: table.text("device"),
        what: table.word("what", "a table", Table::ALL),
        expect: table
            .table("expect", "expect = { ... }", CONDITION)
            .map(condition),
        holds: table.duration("holds"),
        file: table.text("file"),
    }
}

fn condition(mut table: TableReader<'_, '_>) -> Condition {
    Condition {
        place: table.place().unwrap_or_default(),
        given: table.given(),
        mac: table.text("mac"),
        adjacency: table.word("adjacency", "a state of an adjacency", LinkState::ALL),
        drops: table.text("drops"),
        lsps: table.text("lsps"),
        flow: table.text("flow"),
        ping: table.text("ping"),
        on: table.text("on"),
        state: table.word("state", "a state of an entry", EntryState::ALL),
        via: table.text("via"),
        at: table.text("at"),
        to: table.text("to"),
        at_least: table.number("at_least"),
        at_most: table.number("at_most"),
        lost_at_least: table.number("lost_at_least"),
        lost_at_most: table.number("lost_at_most"),
        outage_at_least: table.duration("outage_at_least"),
        outage_at_most: table.duration("outage_at_most"),
        compared_to: table.text("compared_to"),
        compared_since: table.text("compared_since"),
        times_at_least: table.number("times_at_least"),
        times_at_most: table.number("times_at_most"),
        answer: table.word("answer", "an answer", Answer::ALL),
        since: table.text("since"),
        seen: table.word("seen", "what may satisfy", Seen::ALL),
    }
}

/// A field's value.
pub(super) fn value<T: Clone>(field: &Field<T>) -> Option<T> {
    field.as_ref().map(|f: &Spanned<T>| f.get_ref().clone())
}
