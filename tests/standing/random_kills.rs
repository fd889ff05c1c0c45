//! `kill -9` at any moment, of any process: of the command, of the lab's three, of a device; while a lab
//! comes up, runs an experiment with its capture, moves a VM, goes. Nothing may be left.
//!
//! `LAB_KILLS=1000 cargo test -p lab-tests --test standing random_kills` does more of them, and `LAB_SEED=N`
//! the same ones again; when exactly one strikes is up to the machine in any case.

use std::fs;
use std::process::Child;

use anyhow::{Context, ensure};
use lab_tests::eventually;
use lab_tests::process::{MARK, Marked};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text::link_names_of;
use lab_tests::traces::{Before, expect_empty};
use libtest_mimic::Trial;
use rustix::process::Signal;

use crate::house::{House, number_from};
use crate::killed::signal;
use crate::pair::{self, pair};

/// What `cargo test` does.
const KILLS: u64 = 24;
/// Looks at the machine before the signal, at the most: longer than any of the commands takes.
const LOOKS: u32 = 80;

pub(crate) fn trials() -> Vec<Trial> {
    vec![needing(
        &[Requirement::Lab],
        "random_kills_leave_nothing",
        kills,
    )]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Up,
    Run,
    Migrate,
    Down,
}

/// Who was killed, as far as it matters for what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    /// The command that was typed.
    Command,
    /// Any other process.
    Other,
}

fn kills() -> anyhow::Result<()> {
    let seed = number_from("LAB_SEED", u64::from(std::process::id()))?;
    let mut draw = fastrand::Rng::with_seed(seed);
    for number in 0..number_from("LAB_KILLS", KILLS)? {
        let moment = [Moment::Up, Moment::Run, Moment::Migrate, Moment::Down][draw.usize(..4)];
        let done = kill(number, moment, &mut draw);
        done.with_context(|| format!("kill {number}, during {moment:?}; LAB_SEED={seed}"))?;
    }
    Ok(())
}

fn kill(number: u64, moment: Moment, draw: &mut fastrand::Rng) -> anyhow::Result<()> {
    let house = House::new(&format!("random-kill-{number}"))?;
    let file = pair(&house, 1)?;
    let before = Before::look()?;
    let mut command = begin(&house, moment, &file)?;
    let outer = command.id();
    for _ in 0..draw.u32(..LOOKS) {
        // Each look takes its time.
        if house.running().is_empty() {
            break;
        }
    }
    let running = house.running();
    let Some(victim) = draw.choice(running) else {
        // It was faster.
        return end(&house, &mut command);
    };
    let traces = before.traces(Marked::new(house.mark(), outer))?;
    // It may have ended meanwhile, and that is a moment, too.
    let _ = signal(victim, Signal::KILL);
    command.wait()?;
    let is_command = u32::try_from(victim).ok() == Some(outer);
    let victim = if is_command {
        Victim::Command
    } else {
        Victim::Other
    };
    if (moment, victim) == (Moment::Up, Victim::Command) || moment == Moment::Run {
        // Who gives up during `up` does not want the lab, and an experiment ends with its command.
        house.expect_no_process()?;
    }
    end(&house, &mut command)?;
    traces.expect_gone(&link_names_of(&pair::text(1))?)
}

/// Starts what is going on when the signal comes.
fn begin(house: &House, moment: Moment, file: &str) -> anyhow::Result<Child> {
    let up = format!("up {file} --igp immediate");
    match moment {
        // With these timers it does not come up before the signal: then it would have a right to stand.
        Moment::Up => house.start(&format!("up {file} --igp frr")),
        Moment::Run => {
            let output = house.place().join("runs");
            house.start(&format!(
                "run {file} --igp immediate --output {}",
                output.display()
            ))
        }
        Moment::Migrate => {
            house.say(&up)?.expect(0)?;
            house.start("migrate vm1 b")
        }
        Moment::Down => {
            house.say(&up)?.expect(0)?;
            house.start("down")
        }
    }
}

/// Takes down what stands on, and looks for what is left: processes, sockets, files.
fn end(house: &House, command: &mut Child) -> anyhow::Result<()> {
    command.wait()?;
    // A lab whose device was killed stands, and says that something is wrong when it goes (6); one that was
    // about to go may be gone before it answers.
    house.say("down --all")?;
    house.expect_no_process()?;
    eventually("the socket is collected", || {
        let said = house.say("gc")?.expect(0)?;
        let nothing = said.err.contains("nothing to remove");
        Ok((!nothing).then(|| format!("{said:?}")))
    })?;
    expect_empty(&house.runtime().join("dcilab"))?;
    expect_empty(&house.temporary())?;
    let runs = house.place().join("runs");
    let kept = fs::read_dir(&runs).map(Iterator::count).unwrap_or(0);
    // A directory of a run and the link to it, or nothing.
    ensure!(
        kept == 0 || kept == 2,
        "{kept} entries in {}",
        runs.display()
    );
    ensure!(
        std::env::var_os(MARK).is_none(),
        "the judge would count itself"
    );
    Ok(())
}
