//! Taking changes back: one undo for each step that succeeded, run in reverse order.
//!
//! Only what was applied is undone, and one failure does not stop the rest.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// An error of a step, whatever its kind.
pub type StepError = Box<dyn StdError + Send + Sync>;

type Step = Pin<Box<dyn Future<Output = Result<(), StepError>> + Send>>;

/// One undo that failed: what it should have done, and why it did not.
#[derive(Debug, thiserror::Error)]
#[error("could not {what}: {source}")]
pub struct UndoFailure {
    /// What the step should have done, as "delete link br100".
    pub what: String,
    /// Why it did not.
    #[source]
    pub source: StepError,
}

/// The steps that take back what has been done so far, the latest on top.
///
/// Dropped without [`roll_back`](Self::roll_back) it undoes nothing: the changes stay.
#[derive(Default)]
pub struct Undo {
    steps: Vec<(String, Step)>,
}

impl Undo {
    /// Nothing done yet, nothing to take back.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers how to take back a step that has just succeeded.
    ///
    /// `what` completes "could not ...". `step` does nothing before the roll-back.
    pub fn push<E>(
        &mut self,
        what: impl Into<String>,
        step: impl Future<Output = Result<(), E>> + Send + 'static,
    ) where
        E: Into<StepError>,
    {
        let step = Box::pin(async move { step.await.map_err(Into::into) });
        self.steps.push((what.into(), step));
    }

    /// How many steps would be undone.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is nothing to undo.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What would be undone, in the order in which it would be.
    pub fn plan(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().rev().map(|(what, _)| what.as_str())
    }

    /// Puts the steps of `later` on top of these.
    pub fn append(&mut self, mut later: Self) {
        self.steps.append(&mut later.steps);
    }

    /// Takes everything back, the latest first, and goes on after a failure.
    ///
    /// Returns the failures in the order in which they came about; none is success.
    pub async fn roll_back(self) -> Vec<UndoFailure> {
        let mut failures = Vec::new();
        for (what, step) in self.steps.into_iter().rev() {
            if let Err(source) = step.await {
                failures.push(UndoFailure { what, source });
            }
        }
        failures
    }
}

impl fmt::Debug for Undo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.plan()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut context = Context::from_waker(Waker::noop());
        match pin!(future).poll(&mut context) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("these steps never wait"),
        }
    }

    #[test]
    fn reverse_order_and_on_after_a_failure() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut undo = Undo::new();
        for n in 1..=3 {
            let seen = Arc::clone(&seen);
            undo.push(format!("undo step {n}"), async move {
                seen.lock().unwrap().push(n);
                if n == 2 { Err("in use") } else { Ok(()) }
            });
        }
        assert!(seen.lock().unwrap().is_empty());
        assert_eq!(
            undo.plan().collect::<Vec<_>>(),
            ["undo step 3", "undo step 2", "undo step 1"]
        );
        let failures = run(undo.roll_back());
        assert_eq!(*seen.lock().unwrap(), [3, 2, 1]);
        let texts: Vec<_> = failures.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["could not undo step 2: in use"]);
    }

    #[test]
    fn appended_steps_go_first() {
        let mut undo = Undo::new();
        undo.push("a", async { Ok::<_, StepError>(()) });
        let mut later = Undo::new();
        later.push("b", async { Ok::<_, StepError>(()) });
        undo.append(later);
        assert_eq!(undo.plan().collect::<Vec<_>>(), ["b", "a"]);
        assert!(run(undo.roll_back()).is_empty());
    }
}
