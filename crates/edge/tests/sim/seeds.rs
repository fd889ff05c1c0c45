//! Many runs, each of which follows from its seed.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Sim;

/// A run that ended wrong: what was wrong, and what had happened before.
pub struct Wrong {
    pub what: String,
    pub trace: String,
}

impl Sim {
    /// What was wrong, with what had happened before.
    pub fn with_story(&self, result: Result<(), String>) -> Result<(), Wrong> {
        let trace = |what| Wrong {
            what,
            trace: self.story(),
        };
        result.map_err(trace)
    }
}

/// Runs `run` with every seed below `count`, on all cores. `SIM_SEED` is the one seed to run instead,
/// `SIM_SEEDS` another count.
///
/// # Panics
/// A run ended wrong. The least seed that does is shown with its trace, and how to run it again.
pub fn every_seed(count: u64, run: impl Fn(u64) -> Result<(), Wrong> + Sync) {
    let count = setting("SIM_SEEDS").unwrap_or(count);
    let (first, end) = setting("SIM_SEED").map_or((0, count), |seed| (seed, seed + 1));
    let next = AtomicU64::new(first);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return None;
            }
            if let Err(wrong) = run(seed) {
                // Seeds that others run now are smaller and may be wrong too; later ones need not run.
                next.store(end, Ordering::Relaxed);
                return Some((seed, wrong));
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let wrong = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let ends = workers.into_iter().map(|w| w.join().expect("no panic"));
        ends.flatten().min_by_key(|(seed, _)| *seed)
    });
    if let Some((seed, Wrong { what, trace })) = wrong {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or_default();
        let again = format!("SIM_SEED={seed} cargo test -p edge {test}");
        panic!("{trace}\nseed {seed}: {what}\nrun it again by: {again}");
    }
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number of seeds, or a seed"))
}
