//! Migrations: one VM or many at once, there, there and back, home, or not at all.

use core::time::Duration;

use futures_util::future::join_all;
use meter::phases::MarkKind;
use topology::Role;
use topology::plan::{MigrationPlan, Move};
use topology::scenario::{Migrate, MoveKind};
use wire::Timestamp;

use super::Stumble;
use super::play::{Play, Told};
use super::result::{Details, MoveRecord};
use crate::migrate::{Course, Prepared};
use crate::movements::OnItsWay;
use crate::report::millis;

/// A VM that is to move.
struct Going<'a> {
    vm: String,
    from: String,
    to: String,
    way: OnItsWay<'a>,
}

impl Play<'_> {
    pub(super) async fn migrate(&self, migrate: &Migrate) -> Result<Told, Stumble> {
        let mut going = self.who_goes(migrate)?;
        let mut moves = self.all_at_once(migrate, &going).await?;
        if migrate.kind == MoveKind::PingPong {
            // There once; then back, and there and back for every further round.
            for _ in 1..migrate.times * 2 {
                tokio::time::sleep(migrate.pause).await;
                if self.is_over() {
                    break;
                }
                turn(&mut going);
                moves.extend(self.all_at_once(migrate, &going).await?);
            }
        }
        Ok(told(moves, going.len()))
    }

    /// The VMs that the step means, as they are now.
    fn who_goes(&self, migrate: &Migrate) -> Result<Vec<Going<'_>>, Stumble> {
        let movements = self.stage.movements;
        let mut going = Vec::new();
        let mut there = Vec::new();
        for (_, host) in self.stage.topology.hosts() {
            if host.role != Role::Vm || !migrate.vms.contains(&host.name) {
                continue;
            }
            if migrate.count.is_some_and(|count| going.len() >= count) {
                break;
            }
            let home = self.stage.topology.site(host.site).name.clone();
            let from = movements
                .site_of(&host.name)
                .unwrap_or_else(|| home.clone());
            if migrate.from.as_ref().is_some_and(|site| *site != from) {
                continue;
            }
            let to = migrate.to.clone().unwrap_or_else(|| home.clone());
            if to == from {
                there.push(format!("`{}` is at site `{to}` already", host.name));
                continue;
            }
            going.push(Going {
                way: movements.set_out(&host.name)?,
                vm: host.name.clone(),
                from,
                to,
            });
        }
        match migrate.count {
            Some(count) if going.len() < count => Err(Stumble::Failed(format!(
                "only {} of {count} VMs can move{}",
                going.len(),
                there.first().map_or_else(String::new, |t| format!(": {t}"))
            ))),
            _ if going.is_empty() => Err(Stumble::Failed(match there.is_empty() {
                true => "no VM is where this step wants to move it from".to_owned(),
                false => format!("nothing moves: {}", there.join("; ")),
            })),
            _ => Ok(going),
        }
    }

    /// Everything that can be prepared is, then all go.
    async fn all_at_once(
        &self,
        migrate: &Migrate,
        going: &[Going<'_>],
    ) -> Result<Vec<MoveRecord>, Stumble> {
        let lab = self.stage.lab;
        let prepare = going.iter().map(|going| async move {
            let plan = self.plan(migrate, going)?;
            Ok::<_, Stumble>((going, Prepared::new(lab, plan).await?))
        });
        let prepared: Result<Vec<_>, _> = join_all(prepare).await.into_iter().collect();
        let prepared = prepared?;
        let course = match migrate.kind {
            MoveKind::Cold => Course::Cold,
            MoveKind::Aborted => Course::Aborted,
            MoveKind::Live | MoveKind::StopAndCopy | MoveKind::PingPong | MoveKind::FailBack => {
                Course::Live
            }
        };
        let moves = prepared.into_iter().map(|(going, prepared)| async move {
            let migrated = prepared.go(course).await?;
            let at = match course {
                Course::Aborted => &going.from,
                Course::Live | Course::Cold => &going.to,
            };
            going.way.arrived(at);
            self.announcements.borrow_mut().push(migrated.announcements);
            Ok::<_, crate::lab::LabError>(MoveRecord {
                vm: going.vm.clone(),
                from: going.from.clone(),
                to: at.clone(),
                trigger: migrated.trigger,
                marks: migrated.marks,
            })
        });
        let moves: Result<Vec<_>, _> = join_all(moves).await.into_iter().collect();
        Ok(moves?)
    }

    fn plan(&self, migrate: &Migrate, going: &Going<'_>) -> Result<MigrationPlan, Stumble> {
        let asked = Move {
            vm: &going.vm,
            from: &going.from,
            to: &going.to,
            announce: migrate.announce,
            downtime: migrate.downtime,
        };
        let plan = self.stage.topology.plan_move(&asked);
        plan.map_err(|error| Stumble::Failed(error.to_string()))
    }
}

/// Everybody goes back where they came from.
fn turn(going: &mut [Going<'_>]) {
    for going in going {
        core::mem::swap(&mut going.from, &mut going.to);
    }
}

fn told(moves: Vec<MoveRecord>, vms: usize) -> Told {
    let spread = spread(&moves, vms);
    let longest = moves.iter().filter_map(off).max().unwrap_or_default();
    let saw = match moves.as_slice() {
        [one] => format!(
            "{} from site {} to site {}, unplugged for {}",
            one.vm,
            one.from,
            one.to,
            millis(longest)
        ),
        all => format!(
            "{} moves of {vms} VMs, unplugged for {} at most; the first moves began within {}",
            all.len(),
            millis(longest),
            millis(spread)
        ),
    };
    Told {
        saw,
        details: Details::Moves { moves, spread },
    }
}

fn mark(moved: &MoveRecord, kind: MarkKind) -> Option<Timestamp> {
    let mark = moved.marks.iter().find(|mark| mark.kind == kind);
    mark.map(|mark| mark.at)
}

/// How long a VM was plugged in nowhere.
fn off(moved: &MoveRecord) -> Option<Duration> {
    let (detached, attached) = (
        mark(moved, MarkKind::Detached)?,
        mark(moved, MarkKind::Attached)?,
    );
    Some(attached.saturating_since(detached))
}

/// From the first cable unplugged to the last, of the first move of every VM.
fn spread(moves: &[MoveRecord], vms: usize) -> Duration {
    let first = moves.iter().take(vms);
    let at: Vec<_> = first
        .filter_map(|moved| mark(moved, MarkKind::Detached))
        .collect();
    match (at.iter().min(), at.iter().max()) {
        (Some(first), Some(last)) => last.saturating_since(*first),
        _ => Duration::ZERO,
    }
}
