//! Steps and conditions as people read them.

use core::fmt;
use std::time::Duration;

use humantime_serde::re::humantime::format_duration;

use super::{
    Action, Answer, Bounds, Condition, EdgeFault, FlowCondition, LinkState, Migrate, MoveKind,
    Observable, Place, SitePair,
};

/// More names than these are counted.
const NAMED: usize = 3;

fn list(names: &[String]) -> String {
    match names.len() {
        0..=NAMED => names.join(", "),
        n => format!("{}, {} and {} more", names[0], names[1], n - 2),
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Migrate(migrate) => migrate.fmt(f),
            Self::Announce { hosts } => write!(f, "announce {}", list(hosts)),
            Self::Link {
                node,
                interface,
                to,
            } => write!(f, "link {to} {node}:{interface}"),
            Self::Edge { devices, fault } => {
                let verb = match fault {
                    EdgeFault::Stop => "stop",
                    EdgeFault::Kill => "kill",
                    EdgeFault::Restart => "restart",
                };
                write!(f, "ed {verb} {}", list(devices))
            }
            Self::Impair { path, .. } => write!(f, "impair {path}"),
            Self::ImpairReset { path } => write!(f, "impair reset {path}"),
            Self::Partition { sites, from } => {
                write!(f, "partition {} from {}", list(sites), list(from))
            }
            Self::Heal => f.write_str("heal"),
            Self::TrafficStart { flows } => write!(f, "traffic start, {} flows", flows.len()),
            Self::TrafficStop => f.write_str("traffic stop"),
            Self::ChurnStart { host, rate } => {
                write!(f, "churn start, {rate} new MACs a second from {host}")
            }
            Self::ChurnStop => f.write_str("churn stop"),
            Self::CaptureStart { file } => write!(f, "capture start, into {file}"),
            Self::CaptureStop => f.write_str("capture stop"),
            Self::Show { table, devices } => write!(f, "show {table} of {}", list(devices)),
            Self::Assert { expect, .. } => write!(f, "assert {expect}"),
            Self::Wait => f.write_str("wait"),
        }
    }
}

impl fmt::Display for SitePair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_both_ways {
            true => write!(f, "between {} and {}", self.from, self.to),
            false => write!(f, "from {} to {}", self.from, self.to),
        }
    }
}

impl fmt::Display for Migrate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("migrate ")?;
        if let Some(count) = self.count {
            write!(f, "{count} of ")?;
        }
        f.write_str(&list(&self.vms))?;
        if let Some(from) = &self.from {
            write!(f, " at {from}")?;
        }
        match &self.to {
            Some(to) => write!(f, " to {to}")?,
            None => f.write_str(" home")?,
        }
        match self.kind {
            MoveKind::Live | MoveKind::FailBack => Ok(()),
            MoveKind::PingPong => write!(f, " and back, {} times", self.times),
            kind => write!(f, " ({kind})"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)
    }
}

impl fmt::Display for Observable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mac {
                hosts,
                devices,
                place,
            } => {
                write!(f, "{} ", list(hosts))?;
                match place {
                    Place::At(site) => write!(f, "published at {site}")?,
                    Place::State { state, via } => {
                        match state {
                            Some(state) => state.fmt(f)?,
                            None => f.write_str("no entry")?,
                        }
                        if let Some(via) = via {
                            write!(f, " via {via}")?;
                        }
                    }
                }
                write!(f, " on {}", list(devices))
            }
            Self::Adjacency {
                devices,
                sites,
                state,
            } => {
                let is = match state {
                    LinkState::Up => "up",
                    LinkState::Down => "down",
                };
                write!(
                    f,
                    "adjacencies of {} to site {} {is}",
                    list(devices),
                    list(sites)
                )
            }
            Self::Drops {
                devices,
                reason,
                count,
            } => {
                let reason = reason.map_or("any", edge_api::DropReason::name);
                write!(f, "drops ({reason}) on {}{count}", list(devices))
            }
            Self::Lsps { devices, count } => {
                write!(f, "LSPs generated by {}{count}", list(devices))
            }
            Self::Flow(flow) => flow.fmt(f),
            Self::Ping { from, to, answer } => match answer {
                Answer::Yes => write!(f, "{to} answers {from}"),
                Answer::No => write!(f, "{to} does not answer {from}"),
            },
        }
    }
}

impl fmt::Display for FlowCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.lost.is_open() {
            write!(f, ", lost probes{}", self.lost)?;
        }
        if !self.outage.is_open() {
            let shown = Bounds {
                least: self.outage.least.map(Shown),
                most: self.outage.most.map(Shown),
            };
            write!(f, ", outage{shown}")?;
        }
        if let Some(times) = &self.times {
            write!(f, ", outage{} times that of {}", times.times, times.name)?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Shown(Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        format_duration(self.0).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Bounds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(least) = &self.least {
            write!(f, " at least {least}")?;
        }
        if let Some(most) = &self.most {
            write!(f, " at most {most}")?;
        }
        Ok(())
    }
}
