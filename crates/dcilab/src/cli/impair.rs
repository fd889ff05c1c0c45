//! `dcilab impair`: delay, loss and the like on the paths between the sites of a standing lab.

mod table;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use impairment::{DEFAULT_QUEUE, Impairment, Rate, Share};

use super::lab::{LabName, VerbError, finish};
use super::{Format, output};
use crate::lab::{Direction, ImpairmentReport};
use crate::life_cycle::protocol::{PathsAsked, Request, Response};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab impair set a b --delay 40ms --jitter 5ms --loss 1%
  dcilab impair set a '*' --loss 2% --burst 8     # losses in bursts of 8 packets on the average
  dcilab impair set a c --rate 10mbit --queue 50 --one-way
  dcilab impair show
  dcilab impair reset a b")]
pub(super) struct Impair {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Impair the path between two sites; what is not given is not impaired
    Set(Set),
    /// Show what is asked of each path, and what was measured since
    Show(Shown),
    /// Have paths as the topology file has them
    Reset(Reset),
}

#[derive(Debug, Args)]
struct Shown {
    #[command(flatten)]
    lab: LabName,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Args)]
struct Set {
    /// A site, or `*` for every one
    from: String,
    /// Another site, or `*` for every one
    to: String,
    /// Only packets from the first site to the second; default: both ways
    #[arg(long)]
    one_way: bool,
    /// How much later each packet comes
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    delay: Option<Duration>,
    /// Draw each delay evenly from this much less to this much more
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    jitter: Option<Duration>,
    /// Packets that are lost, in percent
    #[arg(long, value_name = "PERCENT")]
    loss: Option<Share>,
    /// Mean number of packets lost in a row; default: each by itself
    #[arg(long, value_name = "PACKETS")]
    burst: Option<u32>,
    /// Bits a second, as in 100mbit
    #[arg(long, value_name = "RATE")]
    rate: Option<Rate>,
    /// Packets held at the most, on their way or waiting for the rate
    #[arg(long, value_name = "PACKETS", default_value_t = DEFAULT_QUEUE)]
    queue: u32,
    /// Packets that come twice, in percent
    #[arg(long, value_name = "PERCENT")]
    duplicate: Option<Share>,
    /// Packets that wait for nothing and overtake others, in percent
    #[arg(long, value_name = "PERCENT")]
    reorder: Option<Share>,
    #[command(flatten)]
    shown: Shown,
}

#[derive(Debug, Args)]
struct Reset {
    /// A site, or `*` for every one
    #[arg(default_value = "*")]
    from: String,
    /// Another site, or `*` for every one
    #[arg(default_value = "*")]
    to: String,
    /// Only packets from the first site to the second; default: both ways
    #[arg(long)]
    one_way: bool,
    #[command(flatten)]
    shown: Shown,
}

impl Impair {
    pub(super) fn run(self) -> ExitCode {
        finish(self.make())
    }

    pub(super) fn make(&self) -> Result<(), VerbError> {
        let (shown, request) = match &self.what {
            What::Set(set) => (&set.shown, set.request()),
            What::Show(shown) => (shown, Request::Impairments),
            What::Reset(reset) => (&reset.shown, reset.request()),
        };
        let mut client = shown.lab.connect()?;
        let report = match client.ask(&request)? {
            Response::Impairments(report) => report,
            other => return Err(client.unexpected(&other).into()),
        };
        match (shown.format, &self.what) {
            (Format::Json, _) => output::json(&report)?,
            (Format::Table, What::Show(_)) => output::text(&table::text(&report))?,
            (Format::Table, _) => output::text(&done(&report))?,
        }
        Ok(())
    }
}

impl Set {
    fn request(&self) -> Request {
        let default = Impairment::default();
        let asked = Impairment {
            delay: self.delay.unwrap_or(default.delay),
            jitter: self.jitter.unwrap_or(default.jitter),
            loss: self.loss.unwrap_or(default.loss),
            burst: self.burst,
            rate: self.rate,
            queue: self.queue,
            duplicate: self.duplicate.unwrap_or(default.duplicate),
            reorder: self.reorder.unwrap_or(default.reorder),
        };
        let paths = paths(&self.from, &self.to, self.one_way);
        Request::Impair { paths, asked }
    }
}

impl Reset {
    fn request(&self) -> Request {
        Request::ResetImpairments(paths(&self.from, &self.to, self.one_way))
    }
}

fn paths(from: &str, to: &str, one_way: bool) -> PathsAsked {
    PathsAsked {
        from: from.to_owned(),
        to: to.to_owned(),
        direction: if one_way {
            Direction::OneWay
        } else {
            Direction::Both
        },
    }
}

/// One line for what was changed.
fn done(report: &ImpairmentReport) -> String {
    match report.paths.len() {
        0 => "no path is impaired: the kernel routes\n".to_owned(),
        1 => format!("1 path is impaired, by {}\n", report.back_end),
        count => format!("{count} paths are impaired, by {}\n", report.back_end),
    }
}
