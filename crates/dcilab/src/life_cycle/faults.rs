//! Faults on request, and whole scenarios of them.

use std::path::Path;

use tokio::sync::watch;
use topology::Scenario;
use topology::scenario::{EdgeFault, LinkState};

use super::protocol::{Faulted, Response};
use super::server::Server;
use crate::progress::Progress;
use crate::scenario::{Played, Stage, play};

impl Server {
    pub(super) async fn link(&self, link: &str, to: LinkState) -> Result<Response, String> {
        let lab = self.lab()?;
        let plan = lab.plan().clone();
        let (node, interface) = plan.interface(link)?;
        let set = lab.set_link(node, interface, to).await;
        set.map_err(|error| error.to_string())?;
        Ok(Response::LinkSet)
    }

    pub(super) async fn fault(&self, device: &str, fault: EdgeFault) -> Result<Faulted, String> {
        let lab = self.lab()?;
        let done = lab.fault(device, fault).await;
        let restarted = done.map_err(|error| error.to_string())?;
        let adjacencies_after = match restarted {
            None => None,
            Some(_) => {
                let returned = lab.wait_for_adjacencies_of(device).await;
                Some(returned.map_err(|error| error.to_string())?)
            }
        };
        Ok(Faulted {
            device: device.to_owned(),
            pid_before: restarted.and_then(|restarted| restarted.pid_before),
            pid: restarted.map(|restarted| restarted.pid),
            adjacencies_after,
        })
    }

    /// Plays a scenario; `over` ends it early.
    pub(super) async fn play(
        &self,
        (file, text): (&str, &str),
        captures: &Path,
        progress: &Progress,
        over: &watch::Sender<bool>,
    ) -> Result<Played, String> {
        let lab = self.lab()?;
        let scenario = Scenario::load(file, text, &self.topology)
            .map_err(|wrong| wrong.render(file, text, false))?;
        let stage = Stage {
            lab: &lab,
            topology: &self.topology,
            movements: &self.movements,
            captures,
            progress,
            over,
        };
        let played = play(stage, &scenario).await;
        played.map_err(|error| error.to_string())
    }
}
