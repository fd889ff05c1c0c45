//! Which back end impairs a lab, and how it is told.

use std::collections::BTreeMap;

use impairment::Statistics;
use topology::ImpairWith;

use super::netem::{self, Netem};
use super::relay::Relay;
use super::{Asked, BackEnd, SitePath};
use crate::lab::{Lab, LabError};

/// What runs, if anything does. Everything that is asked is done by one back end.
#[derive(Default)]
pub(super) struct Engine {
    back_end: BackEnd,
    because: String,
    /// Why the kernel has no `netem`; known once it was tried.
    missing: Option<Option<String>>,
    netem: Netem,
    /// Once started it stays, and carries nothing where nothing is asked.
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
        lab: &Lab,
        path: &SitePath,
    ) -> Result<Statistics, LabError> {
        match (self.back_end, &self.relay) {
            (BackEnd::Netem, _) => self.netem.statistics(lab, path).await,
            (BackEnd::Relay, Some(relay)) => relay.statistics(path),
            _ => Ok(Statistics::default()),
        }
    }

    /// Does what is asked of the changed paths; of all, when another back end has to.
    pub(super) async fn apply(
        &mut self,
        lab: &Lab,
        asked: &BTreeMap<SitePath, Asked>,
        changed: &[SitePath],
    ) -> Result<(), LabError> {
        let active = || asked.iter().filter(|(_, asked)| !asked.is_nothing());
        let (wanted, because) = match active().next() {
            None => (BackEnd::None, String::new()),
            Some(_) => self.choose(lab, netem::cannot(active())).await?,
        };
        if wanted == self.back_end {
            self.change(lab, asked, changed).await?;
        } else {
            self.leave(lab, asked).await?;
            self.back_end = wanted;
            let all: Vec<_> = asked.keys().cloned().collect();
            self.change(lab, asked, &all).await?;
        }
        self.because = because;
        Ok(())
    }

    async fn choose(
        &mut self,
        lab: &Lab,
        cannot: Option<String>,
    ) -> Result<(BackEnd, String), LabError> {
        let asked_for = lab.plan().impair_with;
        if asked_for == ImpairWith::Relay {
            return Ok((BackEnd::Relay, "the topology asks for it".to_owned()));
        }
        let missing = match &self.missing {
            Some(missing) => missing.clone(),
            None => self.missing.insert(netem::missing(lab).await?).clone(),
        };
        decide(asked_for, missing.or(cannot))
    }

    async fn change(
        &mut self,
        lab: &Lab,
        asked: &BTreeMap<SitePath, Asked>,
        paths: &[SitePath],
    ) -> Result<(), LabError> {
        for path in paths {
            let asked = asked.get(path).filter(|asked| !asked.is_nothing());
            match (self.back_end, asked) {
                (BackEnd::None, _) => {}
                (BackEnd::Netem, Some(asked)) => self.netem.set(lab, path, asked).await?,
                (BackEnd::Netem, None) => self.netem.remove(lab, path).await?,
                (BackEnd::Relay, asked) => {
                    let relay = match &mut self.relay {
                        Some(relay) => relay,
                        none => none.insert(Relay::start(lab).await?),
                    };
                    match asked {
                        Some(asked) => relay.set(lab, path, asked).await?,
                        None => relay.remove(lab, path).await?,
                    }
                }
            }
        }
        Ok(())
    }

    /// The back end that is in force does nothing any more.
    async fn leave(
        &mut self,
        lab: &Lab,
        asked: &BTreeMap<SitePath, Asked>,
    ) -> Result<(), LabError> {
        self.netem.clear(lab).await?;
        if let Some(relay) = &mut self.relay {
            for path in asked.keys() {
                relay.remove(lab, path).await?;
            }
        }
        Ok(())
    }
}

/// What to use, and why; `obstacle` is in the way of `netem`.
fn decide(asked_for: ImpairWith, obstacle: Option<String>) -> Result<(BackEnd, String), LabError> {
    match (asked_for, obstacle) {
        (ImpairWith::Auto | ImpairWith::Netem, None) => Ok((BackEnd::Netem, String::new())),
        (ImpairWith::Netem, Some(obstacle)) => Err(LabError::Impossible {
            what: "impairment".to_owned(),
            problem: format!(
                "netem cannot do it: {obstacle}; leave `underlay.impair_with` out, and the relay does"
            ),
        }),
        (ImpairWith::Auto, Some(obstacle)) => Ok((BackEnd::Relay, obstacle)),
        (ImpairWith::Relay, _) => Ok((BackEnd::Relay, String::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn netem_is_used_where_it_can_do_what_is_asked() {
        let decided = |asked, obstacle: Option<&str>| {
            let decided = decide(asked, obstacle.map(str::to_owned));
            decided
                .map(|(back_end, _)| back_end)
                .map_err(|error| error.to_string())
        };
        assert_eq!(decided(ImpairWith::Auto, None), Ok(BackEnd::Netem));
        assert_eq!(decided(ImpairWith::Auto, Some("no")), Ok(BackEnd::Relay));
        assert_eq!(decided(ImpairWith::Netem, None), Ok(BackEnd::Netem));
        let refused = decided(ImpairWith::Netem, Some("no copies")).unwrap_err();
        assert!(refused.contains("no copies") && refused.contains("impair_with"));
    }
}
