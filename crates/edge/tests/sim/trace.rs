//! All that was recorded, as text: for who looks for a fault, and to compare two runs by.

use std::fmt::Write as _;

use edge_api::EventKind;

use super::{Kind, Sim};

impl Sim {
    /// Every event, copy and delivery since [`Sim::forget`], by time.
    pub fn trace(&self) -> String {
        self.lines(|_| true, |_| true)
    }

    /// The same without the traffic of IS-IS.
    pub fn story(&self) -> String {
        let traffic = |kind: &EventKind| {
            matches!(
                kind,
                EventKind::LspSent { .. } | EventKind::LspReceived { .. }
            )
        };
        self.lines(|kind| !traffic(kind), |copy| copy != Kind::Control)
    }

    fn lines(&self, event: impl Fn(&EventKind) -> bool, copy: impl Fn(Kind) -> bool) -> String {
        let mut lines = self.notes.clone();
        for (ed, what) in self.events.iter().filter(|(_, what)| event(&what.kind)) {
            let (number, kind) = (what.number, &what.kind);
            lines.push((what.at, format!("ED {ed} event {number} {kind:?}")));
        }
        for what in self.copies.iter().filter(|what| copy(what.kind)) {
            lines.push((what.at, format!("{what:?}")));
        }
        for what in &self.delivered {
            lines.push((what.at, format!("{what:?}")));
        }
        lines.sort_by_key(|(at, _)| *at);
        let mut text = String::new();
        for (at, line) in lines {
            let at = std::time::Duration::from_nanos(at.as_nanos());
            let _ = writeln!(text, "{at:>14.6?} {line}");
        }
        text
    }

    /// Writes into the trace what a test does.
    pub fn note(&mut self, what: String) {
        self.notes.push((self.now, what));
    }
}
