//! Which back end impairs a lab, and how it is told.

use std::collections::BTreeMap;

use impairment::Statistics;

use super::relay::Relay;
use super::{Asked, BackEnd, SitePath};
use crate::lab::{Lab, LabError};

/// What runs, if anything does.
#[derive(Default)]
pub(super) struct Engine {
    back_end: BackEnd,
    because: String,
    relay: Option<Relay>,
}

impl Engine {
    pub(super) const fn back_end(&self) -> BackEnd {
        self.back_end
    }

    pub(super) fn because(&self) -> String {
        self.because.clone()
    }

    pub(super) fn overruns(&self) -> u64 {
        self.relay.as_ref().map_or(0, Relay::overruns)
    }

    pub(super) async fn statistics(
        &self,
        _: &Lab,
        path: &SitePath,
    ) -> Result<Statistics, LabError> {
        match &self.relay {
            Some(relay) => relay.statistics(path),
            None => Ok(Statistics::default()),
        }
    }

    /// Does what is asked of the changed paths.
    pub(super) async fn apply(
        &mut self,
        lab: &Lab,
        asked: &BTreeMap<SitePath, Asked>,
        changed: &[SitePath],
    ) -> Result<(), LabError> {
        let relay = match &mut self.relay {
            Some(relay) => relay,
            empty => empty.insert(Relay::start(lab).await?),
        };
        for path in changed {
            match asked.get(path).filter(|asked| !asked.is_nothing()) {
                Some(asked) => {
                    relay
                        .set(lab, path, asked.impairment(), asked.traffic)
                        .await?
                }
                None => relay.remove(lab, path).await?,
            }
        }
        self.back_end = match asked.values().all(Asked::is_nothing) {
            true => BackEnd::None,
            false => BackEnd::Relay,
        };
        Ok(())
    }
}
