//! The state behind a [`LspGeneration`] rule.

use wire::Timestamp;

use super::LspGeneration;

/// Decides when the pending generation is due.
#[derive(Clone, Debug)]
pub(crate) struct GenerationThrottle {
    rule: LspGeneration,
    due: Option<Timestamp>,
    last_change: Option<Timestamp>,
    last_generation: Option<Timestamp>,
    /// Generations since the last quiet time.
    generations: u32,
}

impl GenerationThrottle {
    pub(crate) const fn new(rule: LspGeneration) -> Self {
        Self {
            rule,
            due: None,
            last_change: None,
            last_generation: None,
            generations: 0,
        }
    }

    /// Another rule, for changes from now on. A generation that is pending stays due when it is, and
    /// however many there were of late count as one.
    pub(crate) fn set_rule(&mut self, rule: LspGeneration) {
        self.rule = rule;
        self.generations = self.generations.min(1);
    }

    /// Something that own LSPs carry has changed.
    pub(crate) fn change(&mut self, now: Timestamp) {
        self.end_busy_time_if_quiet(now);
        self.last_change = Some(now);
        if self.due.is_none() {
            self.due = Some(self.due_for_change_at(now));
        }
    }

    /// When the pending generation is due; `None` when nothing has changed.
    pub(crate) const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// The pending generation has been done.
    pub(crate) fn generated(&mut self, now: Timestamp) {
        self.due = None;
        self.last_generation = Some(now);
        self.generations = self.generations.saturating_add(1);
    }

    /// An LSP was generated for another reason than a change. Only a rule that counts from
    /// every generation minds.
    pub(crate) fn refreshed(&mut self, now: Timestamp) {
        if matches!(self.rule, LspGeneration::MinimumInterval { .. }) {
            self.last_generation = Some(now);
        }
    }

    fn end_busy_time_if_quiet(&mut self, now: Timestamp) {
        let (Some(quiet), Some(last)) = (self.rule.quiet(), self.last_change) else {
            return;
        };
        if self.due.is_none() && now.saturating_since(last) > quiet {
            self.generations = 0;
        }
    }

    fn due_for_change_at(&self, now: Timestamp) -> Timestamp {
        let isolated = now + self.rule.isolated_change_delay();
        match self.last_generation {
            Some(last) if self.generations > 0 => {
                isolated.max(last + self.rule.interval_after(self.generations))
            }
            _ => isolated,
        }
    }
}
