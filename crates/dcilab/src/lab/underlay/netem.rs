//! The back end in the kernel: `netem` at the public network's ports, one for each path.
//!
//! At the port to a site, packets are sorted by the edge device that sent them. So a path has a discipline
//! of its own, and packets of other paths pass as ever.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use impairment::{Impairment, Share, Statistics, Traffic, path_seed};
use linux_net::namespace::Namespace;
use linux_net::queueing::{self, ClassStatistics, NetemLoss, NetemOptions, SOURCES, SourceClass};

use super::site::{Site, public_network, sites};
use super::{Asked, SitePath};
use crate::lab::{Lab, LabError};

/// Where a link is tried, in a lab that is there for nothing else.
const TRIAL: &str = "netem0";

/// The disciplines that were made.
#[derive(Default)]
pub(super) struct Netem {
    /// By the site that packets go to, the classes of the sites that they come from.
    ports: BTreeMap<String, BTreeMap<String, Class>>,
}

struct Class {
    class: SourceClass,
    /// What was counted when it was last changed.
    before: ClassStatistics,
}

/// Why `netem` cannot do exactly what is asked; `None` when it can.
pub(super) fn cannot<'a>(asked: impl Iterator<Item = (&'a SitePath, &'a Asked)>) -> Option<String> {
    let mut sources: BTreeMap<&str, u16> = BTreeMap::new();
    for (path, asked) in asked {
        if !asked.impairment().duplicate.is_none() {
            let why = "netem makes no copies where it is one of several disciplines of a link";
            return Some(format!("{path}: {why}"));
        }
        let of_port = sources.entry(&path.to).or_default();
        *of_port += 1;
        if *of_port > SOURCES {
            return Some(format!("more than {SOURCES} paths to site {}", path.to));
        }
    }
    None
}

/// Why this kernel has no `netem` to sort paths for; `None` when it has. Tried at a cable made for it.
pub(super) async fn missing(lab: &Lab) -> Result<Option<String>, LabError> {
    use linux_net::link::{self, VethEnd};

    let namespace = lab.namespace(&public_network(lab.plan())?)?;
    let mac = wire::MacAddr::new([2, 0, 0, 0, 0, 1]);
    let end = |name, mac| VethEnd {
        namespace,
        name,
        mac,
        mtu: 1500,
    };
    let other = wire::MacAddr::new([2, 0, 0, 0, 0, 2]);
    let made = link::add_veth(end(TRIAL, mac), end("netem1", other)).await;
    made.map_err(LabError::kernel("trial of netem"))?;
    let class = SourceClass(0);
    let nothing = options(&Impairment::default(), Traffic::Passes, 1);
    let mut tried = Vec::new();
    tried.push(("prio", queueing::sort_by_source(namespace, TRIAL).await));
    tried.push((
        "u32",
        queueing::classify(namespace, TRIAL, class, Ipv4Addr::LOCALHOST).await,
    ));
    tried.push((
        "netem",
        queueing::impair(namespace, TRIAL, class, &nothing).await,
    ));
    link::delete(namespace, TRIAL)
        .await
        .map_err(LabError::kernel("trial of netem"))?;
    // What comes after the first that is refused is refused for its sake.
    let refused = tried
        .into_iter()
        .find_map(|(what, done)| Some((what, done.err()?)));
    Ok(refused.map(|(what, error)| match error.raw_os_error() {
        Some(NOT_THERE) => format!("this kernel has no {what}"),
        _ => error.to_string(),
    }))
}

/// `ENOENT`: what the kernel says of a kind that it does not know.
const NOT_THERE: i32 = 2;

/// What `netem` is to do. Burst and single losses are its own two ways.
fn options(asked: &Impairment, traffic: Traffic, seed: u64) -> NetemOptions {
    let loss = match (traffic, asked.burst) {
        (Traffic::Partitioned, _) => NetemLoss::Single(Share::ALL.as_fraction()),
        (Traffic::Passes, None) => NetemLoss::Single(asked.loss.as_fraction()),
        (Traffic::Passes, Some(burst)) => {
            let (recover, loss) = (1.0 / f64::from(burst), asked.loss.as_fraction());
            NetemLoss::Burst {
                worsen: recover * loss / (1.0 - loss),
                recover,
            }
        }
    };
    NetemOptions {
        limit: asked.queue,
        delay: asked.delay,
        jitter: asked.jitter,
        loss,
        rate: asked.rate.map(|rate| rate.bits_per_second().div_ceil(8)),
        reorder: asked.reorder.as_fraction(),
        seed,
    }
}

impl Netem {
    /// Asks this of a path from now on.
    pub(super) async fn set(
        &mut self,
        lab: &Lab,
        path: &SitePath,
        asked: &Asked,
    ) -> Result<(), LabError> {
        let sites = sites(lab.plan())?;
        let (Some(from), Some(to)) = (find(&sites, &path.from), find(&sites, &path.to)) else {
            return Ok(());
        };
        let namespace = lab.namespace(&public_network(lab.plan())?)?;
        let what = || format!("netem from site {path}");
        if !self.ports.contains_key(&to.name) {
            let sorted = queueing::sort_by_source(namespace, &to.port).await;
            sorted.map_err(LabError::kernel(what()))?;
            self.ports.insert(to.name.clone(), BTreeMap::new());
        }
        let classes = self.ports.entry(to.name.clone()).or_default();
        let class = match classes.get(&from.name) {
            Some(class) => class.class,
            None => {
                let class = SourceClass(u16::try_from(classes.len()).unwrap_or(SOURCES));
                let sorted = queueing::classify(namespace, &to.port, class, from.address).await;
                sorted.map_err(LabError::kernel(what()))?;
                class
            }
        };
        let seed = path_seed(lab.plan().seed, &path.from, &path.to);
        let options = options(asked.impairment(), asked.traffic, seed);
        let done = queueing::impair(namespace, &to.port, class, &options).await;
        done.map_err(LabError::kernel(what()))?;
        let before = counted(namespace, &to.port, class, &what()).await?;
        classes.insert(from.name.clone(), Class { class, before });
        Ok(())
    }

    /// Asks nothing of a path from now on; its class stays.
    pub(super) async fn remove(&mut self, lab: &Lab, path: &SitePath) -> Result<(), LabError> {
        let has_class = |classes: &BTreeMap<_, _>| classes.contains_key(&path.from);
        if self.ports.get(&path.to).is_some_and(has_class) {
            self.set(lab, path, &Asked::default()).await?;
        }
        Ok(())
    }

    /// Takes all disciplines away.
    pub(super) async fn clear(&mut self, lab: &Lab) -> Result<(), LabError> {
        let sites = sites(lab.plan())?;
        let namespace = lab.namespace(&public_network(lab.plan())?)?;
        while let Some((name, _)) = self.ports.pop_first() {
            if let Some(site) = find(&sites, &name) {
                let cleared = queueing::clear(namespace, &site.port).await;
                cleared.map_err(LabError::kernel(format!("netem to site {name}")))?;
            }
        }
        Ok(())
    }

    /// What a path has done since it was last changed, as far as the kernel tells: losses that were asked for
    /// and a full queue are one number there.
    pub(super) async fn statistics(
        &self,
        lab: &Lab,
        path: &SitePath,
    ) -> Result<Statistics, LabError> {
        let sites = sites(lab.plan())?;
        let class = self
            .ports
            .get(&path.to)
            .and_then(|classes| classes.get(&path.from));
        let (Some(class), Some(to)) = (class, find(&sites, &path.to)) else {
            return Ok(Statistics::default());
        };
        let namespace = lab.namespace(&public_network(lab.plan())?)?;
        let what = format!("netem from site {path}");
        let now = counted(namespace, &to.port, class.class, &what).await?;
        Ok(since(class.before, now))
    }
}

fn since(before: ClassStatistics, now: ClassStatistics) -> Statistics {
    let delivered = u64::from(now.packets.wrapping_sub(before.packets));
    let lost = u64::from(now.drops.wrapping_sub(before.drops));
    let delivered_bytes = now.bytes.saturating_sub(before.bytes);
    Statistics {
        packets: delivered + lost + u64::from(now.held),
        bytes: delivered_bytes,
        delivered,
        delivered_bytes,
        lost,
        held: now.held.into(),
        ..Statistics::default()
    }
}

async fn counted(
    namespace: &Namespace,
    port: &str,
    class: SourceClass,
    what: &str,
) -> Result<ClassStatistics, LabError> {
    let counted = queueing::statistics(namespace, port, class).await;
    counted.map_err(LabError::kernel(what))
}

fn find<'s>(sites: &'s [Site], name: &str) -> Option<&'s Site> {
    sites.iter().find(|site| site.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(from: &str, to: &str) -> SitePath {
        SitePath {
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    #[test]
    fn what_netem_cannot_do_exactly_is_known() {
        let plain = Asked::default();
        let copies = Asked {
            live: Some(Impairment {
                duplicate: Share::ALL,
                ..Impairment::default()
            }),
            ..Asked::default()
        };
        let paths: Vec<_> = (0..16).map(|n| path(&format!("s{n}"), "x")).collect();
        let fifteen = paths.iter().take(15).map(|path| (path, &plain));
        assert_eq!(cannot(fifteen), None);
        let sixteen = cannot(paths.iter().map(|path| (path, &plain)));
        assert!(sixteen.is_some_and(|why| why.contains("more than 15 paths to site x")));
        let twice = cannot(paths.iter().take(1).map(|path| (path, &copies)));
        assert!(twice.is_some_and(|why| why.contains("s0 to x")));
    }

    #[test]
    fn what_is_asked_is_said_in_netems_words() {
        let asked = Impairment {
            loss: "20%".parse().unwrap(),
            burst: Some(4),
            rate: Some("10mbit".parse().unwrap()),
            ..Impairment::default()
        };
        let said = options(&asked, Traffic::Passes, 9);
        let burst = NetemLoss::Burst {
            worsen: 0.0625,
            recover: 0.25,
        };
        assert_eq!(
            (said.loss, said.rate, said.seed),
            (burst, Some(1_250_000), 9)
        );
        let parted = options(&asked, Traffic::Partitioned, 9);
        assert_eq!(parted.loss, NetemLoss::Single(1.0));
    }

    #[test]
    fn statistics_are_of_the_time_since_the_last_change() {
        let at = |packets, bytes, drops, held| ClassStatistics {
            packets,
            bytes,
            drops,
            held,
        };
        let counted = since(at(u32::MAX, 100, 5, 9), at(9, 1100, 7, 1));
        assert_eq!((counted.packets, counted.delivered), (13, 10));
        assert_eq!((counted.lost, counted.delivered_bytes), (2, 1000));
    }
}
