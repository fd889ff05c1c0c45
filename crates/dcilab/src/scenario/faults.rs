//! Steps that break things.

use topology::scenario::{EdgeFault, LinkState};

use super::Stumble;
use super::play::{Play, Told};

impl Play<'_> {
    pub(super) async fn link(&self, link: &str, to: LinkState) -> Result<Told, Stumble> {
        let lab = self.stage.lab;
        let plan = lab.plan();
        let (node, interface) = plan.interface(link)?;
        lab.set_link(node, interface, to).await?;
        Ok(Told::default())
    }

    pub(super) async fn edge(&self, devices: &[String], fault: EdgeFault) -> Result<Told, Stumble> {
        let mut lines = Vec::new();
        for device in devices {
            if let Some(restarted) = self.stage.lab.fault(device, fault).await? {
                lines.push(format!("{device}: {restarted}"));
            }
        }
        Ok(Told::text(lines.join("; ")))
    }
}
