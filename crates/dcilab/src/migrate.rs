//! The migration: the switch's end of a running VM's cable goes from one site to another.

use core::time::Duration;

use linux_net::clock;
use linux_net::link::{self, BridgePort, Condition};
use meter::phases::{Mark, MarkKind};
use topology::plan::MigrationPlan;
use topology::{Announce, MigrationStyle};
use wire::Timestamp;

use crate::announcer::Announcer;
use crate::lab::{Lab, LabError};

/// A bridge forwards on a new port within this, or something is wrong.
const ATTACH_LIMIT: Duration = Duration::from_secs(5);

/// Stamps of what was done.
#[derive(Clone, Debug)]
pub struct Migrated {
    /// Just before the first change: the trigger of everything that follows.
    pub trigger: Timestamp,
    /// Detached, moved, attached, announced.
    pub marks: Vec<Mark>,
}

/// Moves the VM as the plan says. Its own end, address and sockets stay as they are.
///
/// # Errors
/// The kernel refuses a step.
pub async fn migrate(lab: &Lab) -> Result<Migrated, LabError> {
    let plan = &lab.plan().migration;
    let announcer = Announcer::open(lab.namespace(&plan.vm)?, plan.vm_interface.as_str()).await?;
    let mut marks = Vec::new();
    let mut mark = |kind, at| {
        let node = match kind {
            MarkKind::Detached => plan.from.node.as_str(),
            MarkKind::Moved | MarkKind::Attached => plan.to.node.as_str(),
            MarkKind::Announced => plan.vm.as_str(),
        };
        marks.push(Mark {
            at,
            node: node.into(),
            kind,
        });
    };
    let trigger = clock::monotonic();
    if !plan.downtime.is_zero() {
        stop_and_copy(lab, plan).await?;
    }
    mark(MarkKind::Detached, clock::monotonic());
    detach(lab, plan).await?;
    mark(MarkKind::Moved, clock::monotonic());
    attach(lab, plan).await?;
    mark(MarkKind::Attached, clock::monotonic());
    wait_until_forwarding(lab, plan).await?;
    match plan.announce {
        Announce::Garp => {
            let at = announcer.announce(plan.vm_mac, plan.vm_address).await?;
            mark(MarkKind::Announced, at);
        }
        Announce::None => {}
    }
    Ok(Migrated { trigger, marks })
}

/// Cuts the VM off for the downtime, as a hypervisor does that stops it to copy what is left.
async fn stop_and_copy(lab: &Lab, plan: &MigrationPlan) -> Result<(), LabError> {
    let (from, cable) = (lab.namespace(&plan.from.node)?, plan.cable.as_str());
    link::set_down(from, cable)
        .await
        .map_err(LabError::kernel(format!("stop {}", plan.vm)))?;
    tokio::time::sleep(plan.downtime).await;
    Ok(())
}

/// Takes the cable out of the old bridge and brings it to the new one's namespace.
async fn detach(lab: &Lab, plan: &MigrationPlan) -> Result<(), LabError> {
    let (from, cable) = (lab.namespace(&plan.from.node)?, plan.cable.as_str());
    let what = || format!("detach {cable} from site {}", plan.from.site);
    match plan.style {
        MigrationStyle::Netns => {
            let to = lab.namespace(&plan.to.node)?;
            link::move_to(from, cable, to)
                .await
                .map_err(LabError::kernel(what()))
        }
        MigrationStyle::Replug => link::set_master(from, cable, None)
            .await
            .map_err(LabError::kernel(what())),
    }
}

/// Plugs the cable in at the new site, and up.
async fn attach(lab: &Lab, plan: &MigrationPlan) -> Result<(), LabError> {
    let (to, cable) = (lab.namespace(&plan.to.node)?, plan.cable.as_str());
    let what = || format!("attach {cable} at site {}", plan.to.site);
    let bridge = Some(plan.to.bridge.as_str());
    link::set_master(to, cable, bridge)
        .await
        .map_err(LabError::kernel(what()))?;
    link::set_up(to, cable)
        .await
        .map_err(LabError::kernel(what()))
}

/// Makes sure that what the VM says next is heard. A bridge without spanning tree forwards as soon as
/// the port is up, so there is nothing to wait for, as a rule.
async fn wait_until_forwarding(lab: &Lab, plan: &MigrationPlan) -> Result<(), LabError> {
    let (to, cable) = (lab.namespace(&plan.to.node)?, plan.cable.as_str());
    let what = || format!("{cable} in {}", plan.to.bridge);
    let port = link::get(to, cable)
        .await
        .map_err(LabError::kernel(what()))?;
    if port.has_carrier && port.bridge_port == Some(BridgePort::Forwarding) {
        return Ok(());
    }
    link::wait_until(to, cable, Condition::Forwarding, ATTACH_LIMIT)
        .await
        .map_err(LabError::kernel(what()))?;
    Ok(())
}
