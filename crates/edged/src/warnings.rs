//! Warnings that hold now: each is logged when it begins and when it ends.

use tracing::{info, warn};

/// What is wrong, with the cure.
pub(crate) struct Warnings {
    /// They hold as long as the process runs.
    fixed: Vec<String>,
    current: Vec<String>,
}

impl Warnings {
    /// Logs what holds from the start to the end.
    pub(crate) fn new(fixed: Vec<String>) -> Self {
        for warning in &fixed {
            warn!("{warning}");
        }
        Self {
            fixed,
            current: Vec::new(),
        }
    }

    /// What holds from now on.
    pub(crate) fn update(&mut self, now: Vec<String>) {
        for begins in now.iter().filter(|warning| !self.current.contains(warning)) {
            warn!("{begins}");
        }
        for ends in self.current.iter().filter(|warning| !now.contains(warning)) {
            info!("no more: {ends}");
        }
        self.current = now;
    }

    /// All that hold.
    pub(crate) fn all(&self) -> Vec<String> {
        self.fixed.iter().chain(&self.current).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_told_no_more_and_what_is_fixed_stays() {
        let mut warnings = Warnings::new(vec!["fixed".to_owned()]);
        warnings.update(vec!["down".to_owned()]);
        assert_eq!(warnings.all(), ["fixed", "down"]);
        warnings.update(Vec::new());
        assert_eq!(warnings.all(), ["fixed"]);
    }
}
