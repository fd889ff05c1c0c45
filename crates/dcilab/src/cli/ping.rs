//! `dcilab ping`: whether one host of a standing lab reaches another.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use linux_net::isolate;
use topology::unknown;

use super::lab::{LabName, VerbError, inspect};
use super::output;
use crate::echo::{ANSWER_LIMIT, Echo};
use crate::ending::Ending;
use crate::report::millis;

/// From one answer to the next request.
const INTERVAL: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
#[command(after_help = "The exit code is 1 when an answer is missing.")]
pub(super) struct Ping {
    /// Who asks
    from: String,
    /// Who answers
    to: String,
    /// How many times
    #[arg(short, long, default_value_t = 3)]
    count: u16,
    #[command(flatten)]
    lab: LabName,
}

impl Ping {
    /// Call it before any thread exists.
    pub(super) fn run(self) -> ExitCode {
        self.ping().unwrap_or_else(|error| error.end()).into()
    }

    fn ping(&self) -> Result<Ending, VerbError> {
        let mut client = self.lab.connect()?;
        let lab = inspect(&mut client)?;
        let hosts = || lab.hosts.iter().map(|host| host.name.as_str());
        let address = |name: &str| {
            let found = lab.hosts.iter().find(|host| host.name == name);
            let address = found.map(|host| host.address);
            address.ok_or_else(|| VerbError::WhichLab(unknown("host", name, hosts())))
        };
        let (from, to) = (address(&self.from)?, address(&self.to)?);
        let joined = isolate::join(client.process()?).and_then(|lab| lab.enter_node(&self.from));
        if let Err(error) = joined {
            eprintln!("error: {error}");
            return Ok(Ending::Unable);
        }
        let echo = Echo::open(from, to)?;
        let mut missing = 0;
        for number in 1..=self.count {
            let line = match echo.ask(number)? {
                Some(time) => format!("{} answers {}: {}\n", self.to, self.from, millis(time)),
                None => {
                    missing += 1;
                    let limit = ANSWER_LIMIT.as_secs();
                    format!(
                        "{} does not answer {} within {limit} s\n",
                        self.to, self.from
                    )
                }
            };
            output::text(&line)?;
            if number < self.count {
                std::thread::sleep(INTERVAL);
            }
        }
        Ok(if missing == 0 {
            Ending::Pass
        } else {
            Ending::Fail
        })
    }
}
