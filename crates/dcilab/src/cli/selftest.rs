//! `dcilab selftest`: is the meter right, on this machine, now?

use std::process::ExitCode;

use clap::Args;

use super::{Format, inside, output};
use crate::ending::Ending;
use crate::progress::Progress;
use crate::report;
use crate::selftest::{self, Outcome, Verdict};

#[derive(Debug, Args)]
#[command(after_help = "\
Probes go over a line that this program carries itself. It takes known gaps (0, 1, 5, 50 and 500 ms),
duplicates, reordering and losses to them; what the meter says must be what was done, within the
resolution that it states.

The exit code is 0 where it is right in every case, 1 where it is wrong in one, and 3 where it says itself
that it was disturbed: try again on a quieter machine.

Examples:
  dcilab selftest
  dcilab selftest --rate 20000                    # fifty microseconds between probes
  dcilab selftest -f json | jq '.[] | {case, outage, outcome}'")]
pub(super) struct Selftest {
    /// Probes a second, each way
    #[arg(long, default_value_t = 1000, value_name = "PROBES", value_parser = clap::value_parser!(u32).range(100..=20_000), env = "DCILAB_RATE")]
    rate: u32,
    /// Seed of the losses, and of when each fault begins
    #[arg(long, default_value_t = 1, env = "DCILAB_SEED")]
    seed: u64,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

impl Selftest {
    pub(super) fn run(self) -> ExitCode {
        inside::run(|| async move {
            let progress = Progress::start("selftest");
            match selftest::run(self.rate, self.seed, &progress).await {
                Ok(verdicts) => self.tell(&verdicts),
                Err(error) => inside::failed("selftest", &error),
            }
        })
    }

    fn tell(&self, verdicts: &[Verdict]) -> Ending {
        let printed = match self.format {
            Format::Json => output::json(&verdicts),
            Format::Table => output::text(&report::selftest(verdicts)),
        };
        if let Err(error) = printed {
            eprintln!("error: cannot write to standard output: {error}");
            return Ending::BringUp;
        }
        let any = |is: fn(&Outcome) -> bool| verdicts.iter().any(|verdict| is(&verdict.outcome));
        if any(|outcome| matches!(outcome, Outcome::Wrong(_))) {
            Ending::Fail
        } else if any(|outcome| matches!(outcome, Outcome::Inconclusive(_))) {
            Ending::Inconclusive
        } else {
            Ending::Pass
        }
    }
}
