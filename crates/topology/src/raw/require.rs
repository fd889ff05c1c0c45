//! Keys that a table must have.

use super::reader::TableReader;
use crate::diagnostic::{Code, Diagnostic};

impl TableReader<'_, '_> {
    /// As [`require`](Self::require), where the file has one of the keys at all.
    pub(super) fn require_together(&mut self, keys: &[(&str, &str)]) {
        if let Some(schema) = &mut self.schema {
            let names: Vec<_> = keys.iter().map(|(key, _)| *key).collect();
            schema.requires_together(&names);
        } else if keys.iter().any(|(key, _)| self.values.contains_key(key)) {
            self.require(keys);
        }
    }

    /// Reports which of the keys are missing; with each goes what to add.
    pub(crate) fn require(&mut self, keys: &[(&str, &str)]) {
        if let Some(schema) = &mut self.schema {
            keys.iter().for_each(|(key, _)| schema.requires(key));
            return;
        }
        for (key, example) in keys
            .iter()
            .filter(|(key, _)| !self.values.contains_key(key))
        {
            let message = format!("{} has no `{key}`", self.title);
            let diagnostic = match self.header.clone() {
                Some(header) => Diagnostic::new(Code::MissingKey, header, message),
                None => Diagnostic::nowhere(Code::MissingKey, message),
            };
            let diagnostic = diagnostic.label(format!("`{key}` is missing"));
            self.diagnostics
                .push(diagnostic.help(format!("add `{example}`")));
        }
    }
}
