//! `dcilab show`: tables of a standing lab's edge devices.

mod ask;
mod events;
mod igp;
mod security;
mod sheet;
mod stations;
mod tally;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use edge_api::protocol as device;
use topology::unknown;

use super::lab::{LabName, VerbError, finish, inspect};
use super::{Format, output};
use crate::life_cycle::Client;
use crate::life_cycle::protocol::{Before, DeviceEvent, Inspection};
use ask::{Answers, Saved};
use sheet::Sheet;
use stations::Deadlines;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab show mac                      # every station, a column for each edge device
  dcilab show mac --on ed-c --state flood
  dcilab show arp suppression --on ed-a,ed-b
  dcilab show isis lsdb detail --on ed-a
  dcilab show arp suppression --mac vm1
  dcilab show mac --watch              # again and again, until Ctrl-C
  dcilab show counters --diff          # what has changed since `show counters` was last asked
  dcilab show mac -f json > before.json; dcilab show mac --diff=before.json
  dcilab show counters -f json | jq '.\"ed-a\".interfaces[] | {name, drops}'")]
pub(super) struct Show {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
struct Options {
    /// Edge devices, separated by commas; default: all
    #[arg(long, value_name = "ED", value_delimiter = ',', global = true)]
    on: Vec<String>,
    /// The lab; needed only where several are up
    #[arg(short, long, value_name = "LAB", env = "DCILAB_LAB", global = true)]
    lab: Option<String>,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t, global = true)]
    format: Format,
    /// Show it again after this time, and again, until Ctrl-C
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, num_args = 0..=1, default_missing_value = "1s", global = true)]
    watch: Option<std::time::Duration>,
    /// What has changed: since the same was last shown, or since it was saved to a file with `-f json`
    #[arg(long, value_name = "FILE", value_parser = since, num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "watch", global = true)]
    diff: Option<Since>,
}

/// What is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Since {
    LastLook,
    File(PathBuf),
}

fn since(text: &str) -> Result<Since, std::convert::Infallible> {
    Ok(match text {
        "" => Since::LastLook,
        file => Since::File(file.into()),
    })
}

#[derive(Debug, Subcommand)]
enum What {
    /// MAC tables
    Mac(stations::MacFilter),
    /// ARP tables
    Arp {
        #[command(subcommand)]
        table: Arp,
    },
    /// EVI links
    Evi {
        #[command(subcommand)]
        table: Evi,
    },
    /// IS-IS
    Isis {
        #[command(subcommand)]
        table: Isis,
    },
    /// Frames and bytes of every interface, and what each device counts besides
    Counters,
    /// Frames that were dropped, and why
    Drops,
    /// What the edge devices have reported
    Events(events::EventFilter),
    /// The systems that each edge device knows of, and which EVI link leads there
    Topology,
    /// What the processes of the edge devices may still do
    Security,
    /// What each edge device is and does
    Status,
}

#[derive(Debug, Subcommand)]
enum Arp {
    /// What stations of the own site announced
    Snooping(stations::StationFilter),
    /// What stations of other sites announced
    Suppression(stations::StationFilter),
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Evi {
    /// Each link with its peer and its adjacency
    Link,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Isis {
    /// Neighbours
    Peer,
    /// The link-state database
    Lsdb {
        /// `detail` lists the MACs of each LSP
        #[arg(value_enum)]
        detail: Option<Detail>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Detail {
    /// With the MACs
    Detail,
}

/// One event for people; `None` for what happens all the time.
pub(super) fn event_line(event: &DeviceEvent, lab: &Inspection) -> Option<String> {
    (!events::is_lsp(event)).then(|| events::line(event, lab))
}

impl Show {
    pub(super) fn run(self) -> ExitCode {
        finish(self.show())
    }

    fn show(&self) -> Result<(), VerbError> {
        let name = LabName::from(self.options.lab.clone());
        let mut client = name.connect()?;
        match self.options.watch {
            None => self.write(&mut client),
            Some(every) => watch::again_and_again(every, || self.text(&mut client)),
        }
    }

    fn write(&self, client: &mut Client) -> Result<(), VerbError> {
        match (&self.options.diff, self.options.format) {
            (Some(since), _) => self.difference(client, since),
            (None, Format::Table) => Ok(output::text(&self.text(client)?)?),
            (None, Format::Json) => self.json(client),
        }
    }

    /// What each device is asked; nothing where the lab itself knows.
    fn questions(&self) -> Vec<device::Request> {
        vec![match &self.what {
            What::Mac(_) => device::Request::MacTable,
            What::Arp {
                table: Arp::Snooping(_),
            } => device::Request::ArpSnooping,
            What::Arp {
                table: Arp::Suppression(_),
            } => device::Request::ArpSuppression,
            What::Evi { .. } | What::Isis { table: Isis::Peer } => device::Request::Adjacencies,
            What::Isis {
                table: Isis::Lsdb { .. },
            } => device::Request::Lsdb,
            What::Counters | What::Drops => device::Request::Counters,
            What::Status => device::Request::Status,
            What::Security => device::Request::Security,
            What::Topology => {
                return vec![
                    device::Request::Status,
                    device::Request::Adjacencies,
                    device::Request::Lsdb,
                ];
            }
            What::Events(_) => return Vec::new(),
        }]
    }

    /// The tables that people see, one below the other.
    fn sheets(&self, answers: &[Answers], lab: &Inspection, deadlines: Deadlines) -> Vec<Sheet> {
        let [first, ..] = answers else {
            return Vec::new();
        };
        vec![match &self.what {
            What::Mac(filter) => stations::mac(first, lab, filter, deadlines),
            What::Arp {
                table: Arp::Snooping(filter) | Arp::Suppression(filter),
            } => stations::arp(first, lab, filter),
            What::Evi { .. } => igp::links(first),
            What::Isis { table: Isis::Peer } => igp::peers(first),
            What::Isis {
                table: Isis::Lsdb { detail },
            } => match detail {
                None => igp::lsdb(first),
                Some(Detail::Detail) => {
                    return vec![igp::lsdb(first), igp::published(first, lab)];
                }
            },
            What::Counters => return vec![tally::interfaces(first), tally::devices(first)],
            What::Drops => tally::drops(first),
            What::Status => igp::status(first),
            What::Security => security::security(first),
            What::Topology => match answers {
                [statuses, neighbours, databases] => {
                    let on = &self.options.on;
                    igp::topology(on, [statuses, neighbours, databases], lab)
                }
                _ => return Vec::new(),
            },
            What::Events(_) => return Vec::new(),
        }]
    }

    fn text(&self, client: &mut Client) -> Result<String, VerbError> {
        let lab = self.inspect(client)?;
        let devices = self.devices(&lab)?;
        if let What::Events(filter) = &self.what {
            return Ok(events::text(&events::of(client, &devices)?, &lab, filter));
        }
        let look = ask::look(client, &devices, &self.questions(), Before::LeftOut)?;
        let sheets = self.sheets(&look.now, &lab, Deadlines::Told);
        let texts: Vec<_> = sheets.iter().map(Sheet::text).collect();
        Ok(texts.join("\n"))
    }

    fn json(&self, client: &mut Client) -> Result<(), VerbError> {
        let lab = self.inspect(client)?;
        let devices = self.devices(&lab)?;
        if let What::Events(_) = &self.what {
            return Ok(output::json(&events::of(client, &devices)?)?);
        }
        let look = ask::look(client, &devices, &self.questions(), Before::LeftOut)?;
        Ok(output::json(&ask::bodies(&look.now))?)
    }

    fn difference(&self, client: &mut Client, since: &Since) -> Result<(), VerbError> {
        let lab = self.inspect(client)?;
        let devices = self.devices(&lab)?;
        let questions = self.questions();
        if questions.is_empty() {
            let text = "`show events` tells what has changed already: leave --diff out";
            return Err(VerbError::Usage(text.to_owned()));
        }
        let look = ask::look(client, &devices, &questions, Before::Told)?;
        let before = match since {
            Since::LastLook => look.before,
            Since::File(file) => Some(Saved::read(file)?.answers(&look.now)?),
        };
        let Some(before) = before else {
            eprintln!("this was the first look: from now on `--diff` tells what has changed since");
            return Ok(());
        };
        let now = self.sheets(&look.now, &lab, Deadlines::LeftOut);
        let before = self.sheets(&before, &lab, Deadlines::LeftOut);
        let changes: Vec<_> = now.iter().zip(&before).map(|(n, b)| n.since(b)).collect();
        Ok(match self.options.format {
            Format::Table => {
                let texts: Vec<_> = changes.iter().map(sheet::Changes::text).collect();
                output::text(&texts.join("\n"))
            }
            Format::Json => {
                let all: Vec<_> = changes.iter().map(sheet::Changes::json).collect();
                output::json(&all)
            }
        }?)
    }

    /// What the lab is, and whether the filters can mean anything in it.
    fn inspect(&self, client: &mut Client) -> Result<Inspection, VerbError> {
        let lab = inspect(client)?;
        match &self.what {
            What::Mac(filter) => filter.station().check(&lab)?,
            What::Arp {
                table: Arp::Snooping(filter) | Arp::Suppression(filter),
            } => filter.check(&lab)?,
            _ => {}
        }
        Ok(lab)
    }

    fn devices(&self, lab: &Inspection) -> Result<Vec<String>, VerbError> {
        let names = || lab.devices.iter().map(|device| device.name.as_str());
        for asked in &self.options.on {
            if !names().any(|name| name == asked) {
                let text = unknown("edge device", asked, names());
                return Err(VerbError::WhichLab(text));
            }
        }
        // What a system is called, its own device knows.
        let are_all = self.options.on.is_empty() || matches!(self.what, What::Topology);
        let is_meant = |name: &&str| are_all || self.options.on.iter().any(|asked| asked == name);
        Ok(names().filter(is_meant).map(str::to_owned).collect())
    }
}
