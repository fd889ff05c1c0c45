//! The network between the edge devices, as far as it is impaired: delay, loss and the like between two
//! sites, each direction by itself, and partitions.
//!
//! A lab without impairments has nothing of this: the kernel routes. See [`relay`] and [`netem`] for the two
//! ways to impair.

mod back_end;
mod netem;
mod paths;
mod relay;
mod report;
mod site;

use core::time::Duration;
use std::collections::BTreeMap;

use impairment::{Impairment, Traffic};
use topology::{Plan, unknown};

use super::{Lab, LabError};
use back_end::Engine;
pub use paths::{Direction, SitePath};
pub use report::{BackEnd, ImpairmentReport, PathReport};

/// What is asked of one path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    /// By the topology.
    planned: Impairment,
    /// By somebody since.
    live: Option<Impairment>,
    traffic: Traffic,
}

impl Asked {
    fn impairment(&self) -> &Impairment {
        self.live.as_ref().unwrap_or(&self.planned)
    }

    /// Whether packets pass as if nothing were asked.
    fn is_nothing(&self) -> bool {
        self.impairment().is_none() && self.traffic == Traffic::Passes
    }
}

/// The paths of a lab of which something is or was asked.
#[derive(Default)]
pub(super) struct Underlay {
    asked: BTreeMap<SitePath, Asked>,
    engine: Engine,
}

/// The site of that name.
fn site<'p>(plan: &'p Plan, name: &str) -> Result<&'p str, LabError> {
    let names = || plan.edge_devices.iter().map(|device| device.site.as_str());
    names()
        .find(|site| *site == name)
        .ok_or_else(|| LabError::Impossible {
            what: "impairment".to_owned(),
            problem: unknown("site", name, names()),
        })
}

impl Lab {
    /// The paths from one site to another; `*` stands for every site.
    ///
    /// # Errors
    /// There is no such site, or the two are the same.
    pub fn paths(
        &self,
        from: &str,
        to: &str,
        direction: Direction,
    ) -> Result<Vec<SitePath>, LabError> {
        paths::between(&self.plan, from, to, direction)
    }

    /// Impairs paths from now on; what was asked of them before counts no more. Packets that are on their way
    /// go on as they were. All that is random starts anew from the lab's seed, and so do the statistics.
    ///
    /// # Errors
    /// What is asked cannot be done, or the kernel refuses.
    pub async fn impair(&self, paths: &[SitePath], asked: &Impairment) -> Result<(), LabError> {
        if let Err(wrong) = asked.validate() {
            let wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
            return Err(LabError::Impossible {
                what: "impairment".to_owned(),
                problem: wrong.join("; "),
            });
        }
        self.change(paths, |path| path.live = Some(asked.clone()))
            .await
    }

    /// Takes back what [`Lab::impair`] has asked: the paths are as the topology has them. Partitions stay.
    ///
    /// # Errors
    /// The kernel refuses.
    pub async fn reset_impairments(&self, paths: &[SitePath]) -> Result<(), LabError> {
        self.change(paths, |path| path.live = None).await
    }

    /// Parts sites from others: nothing passes between the two sets, either way.
    ///
    /// # Errors
    /// There is no such site, a site is in both sets, or the kernel refuses.
    pub async fn partition<S: AsRef<str>>(&self, sites: &[S], from: &[S]) -> Result<(), LabError> {
        let paths = paths::across(&self.plan, sites, from)?;
        self.change(&paths, |path| path.traffic = Traffic::Partitioned)
            .await
    }

    /// Ends all partitions. Impairments stay.
    ///
    /// # Errors
    /// The kernel refuses.
    pub async fn heal(&self) -> Result<(), LabError> {
        let is_parted = |(_, asked): &(&SitePath, &Asked)| asked.traffic == Traffic::Partitioned;
        let underlay = self.underlay.lock().await;
        let parted = underlay
            .asked
            .iter()
            .filter(is_parted)
            .map(|(path, _)| path.clone());
        let parted: Vec<_> = parted.collect();
        drop(underlay);
        self.change(&parted, |path| path.traffic = Traffic::Passes)
            .await
    }

    /// What is asked of each path, and what was measured since it was last changed. Paths of which nothing is
    /// asked are left out.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub async fn impairments(&self) -> Result<ImpairmentReport, LabError> {
        let underlay = self.underlay.lock().await;
        let mut paths = Vec::new();
        for (path, asked) in underlay
            .asked
            .iter()
            .filter(|(_, asked)| !asked.is_nothing())
        {
            paths.push(PathReport {
                path: path.clone(),
                asked: asked.impairment().clone(),
                is_live: asked.live.is_some(),
                is_partitioned: asked.traffic == Traffic::Partitioned,
                measured: underlay.engine.statistics(self, path).await?,
            });
        }
        Ok(ImpairmentReport {
            back_end: underlay.engine.back_end(),
            because: underlay.engine.because(),
            overruns: underlay.engine.overruns(),
            paths,
        })
    }

    /// Does what the topology asks. Called before edge devices start.
    pub(super) async fn impair_as_planned(&self) -> Result<(), LabError> {
        for planned in &self.plan.impairments {
            let path = SitePath {
                from: site(&self.plan, &planned.from)?.to_owned(),
                to: site(&self.plan, &planned.to)?.to_owned(),
            };
            let asked = Asked {
                planned: planned.asked.clone(),
                ..Asked::default()
            };
            self.underlay.lock().await.asked.insert(path, asked);
        }
        let planned: Vec<_> = self.underlay.lock().await.asked.keys().cloned().collect();
        self.change(&planned, |_| {}).await
    }

    /// How much longer than without impairments it takes to come up: a packet and its answer, and again for
    /// what is lost on the way.
    pub(super) fn patience(&self) -> Duration {
        let slowest = self.plan.impairments.iter().map(|path| {
            let arrives = (1.0 - path.asked.loss.as_fraction()).max(0.1);
            path.asked.longest_delay().div_f64(arrives)
                + Duration::from_secs_f64(20.0 * (1.0 / arrives - 1.0))
        });
        slowest.max().unwrap_or_default() * EXCHANGES
    }

    async fn change(
        &self,
        paths: &[SitePath],
        mut change: impl FnMut(&mut Asked),
    ) -> Result<(), LabError> {
        if paths.is_empty() {
            return Ok(());
        }
        let mut underlay = self.underlay.lock().await;
        let Underlay { asked, engine } = &mut *underlay;
        let before = asked.clone();
        for path in paths {
            change(asked.entry(path.clone()).or_default());
        }
        let done = engine.apply(self, asked, paths).await;
        if done.is_err() {
            *asked = before;
        }
        done
    }
}

/// Exchanges of packets that the neighbours take one after the other until all is known everywhere.
const EXCHANGES: u32 = 20;
