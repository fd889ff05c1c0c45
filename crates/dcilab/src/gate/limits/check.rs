//! What limits name must be there, and mean something.

use toml::Spanned;
use topology::unknown;

use super::{Known, Limit, Limits, bound, value_of};
use crate::result::Value;

/// Everything that is wrong, each with its line.
pub(super) fn mistakes(limits: &Limits, name: &str, text: &str, known: &Known) -> Vec<String> {
    let mut check = Check {
        name,
        text,
        known,
        wrong: Vec::new(),
    };
    check.all(limits);
    check.wrong
}

struct Check<'a> {
    name: &'a str,
    text: &'a str,
    known: &'a Known,
    wrong: Vec<String>,
}

impl Check<'_> {
    fn all(&mut self, limits: &Limits) {
        for limit in &limits.limit {
            self.mode(limit.mode.as_ref());
            self.choice(limit.igp.as_ref(), limit.observer.as_ref());
            self.bounds(limit);
        }
        for ratio in &limits.ratio {
            self.mode(Some(&ratio.slower));
            self.mode(Some(&ratio.faster));
            self.choice(ratio.igp.as_ref(), ratio.observer.as_ref());
            self.value(&ratio.value);
            if !(ratio.at_least.is_finite() && ratio.at_least > 0.0) {
                self.say(
                    ratio.value.span(),
                    "`at_least` of a ratio must be above 0".to_owned(),
                );
            }
        }
        for value in &limits.baseline.values {
            self.value(value);
        }
        let rule = &limits.baseline;
        if !(rule.significance > 0.0 && rule.significance < 1.0) {
            let problem = "`significance` lies between 0 and 1, for example 0.05";
            self.wrong.push(format!("{}: {problem}", self.name));
        }
        if !(rule.tolerance_percent.is_finite() && rule.tolerance_percent >= 0.0) {
            let problem = "`tolerance_percent` is 0 or more";
            self.wrong.push(format!("{}: {problem}", self.name));
        }
    }

    fn say(&mut self, span: core::ops::Range<usize>, problem: String) {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        self.wrong.push(format!("{}:{line}: {problem}", self.name));
    }

    fn mode(&mut self, mode: Option<&Spanned<String>>) {
        let names: Vec<_> = self.known.modes.iter().map(|mode| mode.name()).collect();
        self.one_of("mode", mode, &names);
    }

    fn choice(&mut self, igp: Option<&Spanned<String>>, observer: Option<&Spanned<String>>) {
        let profiles: Vec<_> = self.known.profiles.iter().map(|p| p.name()).collect();
        self.one_of("IGP timer profile", igp, &profiles);
        let observers: Vec<_> = self.known.observers.iter().map(|o| &**o).collect();
        self.one_of("observer", observer, &observers);
    }

    /// Names that the result has; a limit that nothing could break would be no limit.
    fn one_of(&mut self, what: &str, named: Option<&Spanned<String>>, names: &[&str]) {
        if let Some(name) = named
            && !names.contains(&name.get_ref().as_str())
        {
            let mut names = names.to_vec();
            names.sort_unstable();
            names.dedup();
            self.say(name.span(), unknown(what, name.get_ref(), names));
        }
    }

    fn value(&mut self, value: &Spanned<String>) -> Option<Value> {
        let found = value_of(value);
        if found.is_none() {
            let names: Vec<_> = Value::ALL.iter().map(|value| value.name()).collect();
            self.say(value.span(), unknown("value", value.get_ref(), names));
        }
        found
    }

    fn bounds(&mut self, limit: &Limit) {
        let value = self.value(&limit.value);
        if limit.at_most.is_none() && limit.at_least.is_none() {
            let problem = "a limit needs `at_most` or `at_least`".to_owned();
            self.say(limit.value.span(), problem);
        }
        let given = [limit.at_most.as_ref(), limit.at_least.as_ref()];
        for given in given.into_iter().flatten() {
            if let Some(value) = value
                && let Err(problem) = bound(value, given.get_ref())
            {
                self.say(given.span(), problem);
            }
        }
    }
}
