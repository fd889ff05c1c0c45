//! Comments in the capture: one for each phase of the migration.

use std::sync::mpsc::Sender;

use meter::Phase;
use meter::phases::{DeviceEvents, Migration, timeline};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use topology::plan::MigrationPlan;

use crate::capture::Comment;
use crate::lab::Lab;
use crate::migrate::Migrated;

/// Sends comments while the capture still holds the frames that they belong to.
pub(super) struct Remarks {
    task: JoinHandle<()>,
    finish: oneshot::Sender<()>,
}

impl Remarks {
    /// Starts to send what has happened, and goes on to send what does.
    pub(super) fn new(
        lab: &Lab,
        moved: &MigrationPlan,
        migrated: &Migrated,
        comments: Sender<Comment>,
    ) -> Self {
        let plan = lab.plan();
        let migration = Migration {
            vlan: moved.vlan,
            mac: moved.vm_mac,
            trigger: migrated.trigger,
        };
        let names: Vec<std::sync::Arc<str>> = plan
            .edge_devices
            .iter()
            .map(|d| d.config.name.as_str().into())
            .collect();
        let (journal, marks) = (lab.journal().clone(), migrated.marks.clone());
        let (finish, mut finished) = oneshot::channel();
        let task = tokio::spawn(async move {
            let mut news = journal.news();
            let mut sent: Vec<Phase> = Vec::new();
            let mut is_last = false;
            loop {
                news.mark_unchanged();
                let events: Vec<_> = names.iter().map(|name| (name, journal.of(name))).collect();
                let devices: Vec<_> = events
                    .iter()
                    .map(|(node, events)| DeviceEvents { node, events })
                    .collect();
                let phases = timeline(&migration, &marks, &devices, &[]);
                for phase in phases
                    .into_iter()
                    .filter(|phase| !sent.contains(phase))
                    .collect::<Vec<_>>()
                {
                    let text = format!("{}: {}", phase.node, phase.text);
                    // The capture may have ended: then nothing is left to comment on.
                    let _ = comments.send(Comment { at: phase.at, text });
                    sent.push(phase);
                }
                if is_last {
                    return;
                }
                tokio::select! {
                    _ = news.changed() => {}
                    // Its owner finishes it, or is gone.
                    _ = &mut finished => is_last = true,
                }
            }
        });
        Self { task, finish }
    }

    /// Ends, when everything that has happened until now has been sent.
    pub(super) async fn finish(self) {
        let _ = self.finish.send(());
        let _ = self.task.await;
    }
}
