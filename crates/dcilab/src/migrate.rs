//! The migration: the far end of a running VM's cable goes from one site to another, from switch to
//! switch, or with direct attachment from edge device to edge device.

use core::time::Duration;

use linux_net::clock;
use linux_net::link::{self, Condition};
use linux_net::namespace::Namespace;
use meter::phases::{Mark, MarkKind};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use topology::MigrationStyle;
use topology::plan::MigrationPlan;
use wire::Timestamp;

use crate::announcement_script::{self, Utterance};
use crate::announcer::Announcer;
use crate::lab::{Lab, LabError};

/// A bridge forwards on a new port within this, or something is wrong.
const ATTACH_LIMIT: Duration = Duration::from_secs(5);

/// Stamps of what was done.
#[derive(Debug)]
pub struct Migrated {
    /// Just before the first change: the trigger of everything that follows.
    pub trigger: Timestamp,
    /// Detached, moved, attached, announced.
    pub marks: Vec<Mark>,
    /// What the VM has yet to say; dropped, it falls silent.
    pub announcements: JoinSet<()>,
}

/// Moves the VM as the plan says. Its own end, address and sockets stay as they are.
///
/// # Errors
/// The kernel refuses a step.
pub async fn migrate(lab: &Lab, plan: &MigrationPlan) -> Result<Migrated, LabError> {
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
    let mut script = announcement_script::of(plan.announce);
    if let Some(((Duration::ZERO, first), rest)) = script.split_first() {
        let at = announcer.say(*first, plan.vm_mac, plan.vm_address).await?;
        if *first != Utterance::Probe {
            mark(MarkKind::Announced, at);
        }
        script = rest;
    }
    let announcements = say_the_rest(announcer, plan, script);
    Ok(Migrated {
        trigger,
        marks,
        announcements,
    })
}

/// Says what is left of a script at its time, while the migration goes on.
fn say_the_rest(
    announcer: Announcer,
    plan: &MigrationPlan,
    script: &'static [(Duration, Utterance)],
) -> JoinSet<()> {
    let (arrived, mac, ip) = (Instant::now(), plan.vm_mac, plan.vm_address);
    let mut announcements = JoinSet::new();
    announcements.spawn(async move {
        for (after, what) in script {
            sleep_until(arrived + *after).await;
            if let Err(error) = announcer.say(*what, mac, ip).await {
                tracing::warn!("{error}");
                return;
            }
        }
    });
    announcements
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
    if let Some(bridge) = &plan.to.bridge {
        link::set_master(to, cable, Some(bridge.as_str()))
            .await
            .map_err(LabError::kernel(what()))?;
    }
    link::set_up(to, cable)
        .await
        .map_err(LabError::kernel(what()))
}

/// Makes sure that what the VM says next is heard.
///
/// A bridge forwards as soon as the port is up, and an edge device has to hear first that its port is
/// there. On the VM's own end the kernel takes frames only
/// when it has worked off the news that the carrier is back, and until then it drops them in silence.
async fn wait_until_forwarding(lab: &Lab, plan: &MigrationPlan) -> Result<(), LabError> {
    let (to, cable) = (lab.namespace(&plan.to.node)?, plan.cable.as_str());
    let (vm, interface) = (lab.namespace(&plan.vm)?, plan.vm_interface.as_str());
    let heard = match plan.to.bridge {
        Some(_) => Condition::Forwarding,
        None => Condition::Tapped,
    };
    wait_for(to, cable, heard).await?;
    wait_for(vm, interface, Condition::Carrier).await
}

async fn wait_for(namespace: &Namespace, name: &str, condition: Condition) -> Result<(), LabError> {
    let what = || format!("{name} in {}", namespace.name());
    let link = link::get(namespace, name)
        .await
        .map_err(LabError::kernel(what()))?;
    // As a rule it is so already, and to subscribe to the kernel's news would take longer.
    if condition.holds(Some(&link)) {
        return Ok(());
    }
    link::wait_until(namespace, name, condition, ATTACH_LIMIT)
        .await
        .map_err(LabError::kernel(what()))?;
    Ok(())
}
