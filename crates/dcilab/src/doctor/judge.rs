//! What follows from the facts, and the cure.

#[cfg(test)]
mod tests;

use serde::Serialize;

use super::ability::Need;
use super::{Ability, Facts, Switch, Tool, World};

/// The first kernel with `pidfd_open`, by which a lab ends with its caller.
const OLDEST_KERNEL: (u32, u32) = (5, 3);
/// Clock sources that a program reads without a system call.
const QUICK_CLOCKS: [&str; 4] = [
    "tsc",
    "kvm-clock",
    "arch_sys_counter",
    "hyperv_clocksource_tsc_page",
];
/// Of the processors, how many may have other work.
const BUSY: f64 = 0.5;

/// What one fact means for a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Not there, and no lab needs it.
    NotNeeded,
    /// A lab runs, but not at its best.
    Limited,
    /// No lab can run.
    Unable,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub subject: String,
    /// What it means.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What follows for a lab; empty where all is good.
    pub follows: String,
    /// What would change it; empty where nothing has to.
    pub cure: String,
}

/// Judges, in an order to read.
#[must_use]
pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![kernel(facts), user(facts)];
    findings.extend(facts.switches.iter().map(|(switch, value)| {
        let is_root = facts.user == 0;
        of_switch(*switch, value, is_root)
    }));
    match &facts.world {
        World::Refused { why, cure } => findings.push(Finding::of("a lab's namespaces", why).but(
            Verdict::Unable,
            "no lab can be made",
            cure,
        )),
        World::Entered(abilities) => {
            findings.push(Finding::of("a lab's namespaces", "they can be made"));
            findings.extend(
                abilities
                    .iter()
                    .map(|(ability, tried)| of_ability(*ability, tried)),
            );
        }
    }
    findings.extend(
        [clock(facts), processors(facts), load(facts)]
            .into_iter()
            .flatten(),
    );
    findings.extend(
        facts
            .tools
            .iter()
            .map(|(tool, version)| of_tool(*tool, version.as_deref())),
    );
    findings
}

impl Finding {
    fn of(subject: &str, found: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            verdict: Verdict::Good,
            found: found.to_owned(),
            follows: String::new(),
            cure: String::new(),
        }
    }

    fn but(mut self, verdict: Verdict, follows: &str, cure: &str) -> Self {
        self.verdict = verdict;
        self.follows = follows.to_owned();
        self.cure = cure.to_owned();
        self
    }
}

fn kernel(facts: &Facts) -> Finding {
    let finding = Finding::of("kernel", &facts.kernel);
    let mut numbers = facts.kernel.split(|c: char| !c.is_ascii_digit());
    let mut number = || numbers.next()?.parse::<u32>().ok();
    let Some(version) = number().zip(number()) else {
        let follows = "its version is not understood: the rest of this list tells what it can do";
        return finding.but(Verdict::Limited, follows, "");
    };
    if version < OLDEST_KERNEL {
        let follows = "a lab could outlive its caller: there is no pidfd_open";
        return finding.but(Verdict::Unable, follows, "run Linux 5.3 or later");
    }
    finding
}

fn user(facts: &Facts) -> Finding {
    match facts.user {
        0 => Finding::of("user", "root"),
        user => Finding::of("user", &format!("{user}, not root, and need not be")),
    }
}

/// That a switch keeps this very user out, the trial of the namespaces tells.
fn of_switch(switch: Switch, value: &str, is_root: bool) -> Finding {
    let (subject, forbids, cure) = match switch {
        Switch::Apparmor => (
            "AppArmor and user namespaces",
            "1",
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        Switch::Limit => (
            "user.max_user_namespaces",
            "0",
            "sysctl -w user.max_user_namespaces=15000",
        ),
        Switch::Clone => (
            "kernel.unprivileged_userns_clone",
            "0",
            "sysctl -w kernel.unprivileged_userns_clone=1",
        ),
    };
    let finding = Finding::of(subject, value);
    if value != forbids {
        return finding;
    }
    let follows = match (switch, is_root) {
        (Switch::Limit, _) => "nobody can make user namespaces",
        (_, true) => "users other than root cannot run labs",
        (_, false) => "user namespaces are not for this user, unless a profile allows it",
    };
    finding.but(Verdict::Limited, follows, cure)
}

fn of_ability(ability: Ability, tried: &Result<(), String>) -> Finding {
    let finding = |found| Finding::of(ability.name(), found);
    match (tried, ability.need()) {
        (Ok(()), _) => finding("works"),
        (Err(why), Need::Every { without }) => {
            finding(why).but(Verdict::Unable, without, ability.cure())
        }
        (Err(why), Need::None { because }) => {
            finding(why).but(Verdict::NotNeeded, because, ability.cure())
        }
    }
}

fn clock(facts: &Facts) -> Option<Finding> {
    let source = facts.clock_source.as_deref()?;
    let finding = Finding::of("clock source", source);
    Some(match QUICK_CLOCKS.contains(&source) {
        true => finding,
        false => finding.but(
            Verdict::Limited,
            "reading the clock may take a system call, which the meter does for every probe",
            "boot with clocksource=tsc, if the processor's is stable",
        ),
    })
}

fn processors(facts: &Facts) -> Option<Finding> {
    let finding = Finding::of("processors", &facts.processors.to_string());
    Some(match facts.processors {
        0 | 1 => finding.but(
            Verdict::Limited,
            "meter and edge devices wait for each other: runs may be inconclusive (exit code 3)",
            "give the machine a second processor, or lower `rate` in [probes]",
        ),
        _ => finding,
    })
}

fn load(facts: &Facts) -> Option<Finding> {
    let load = facts.load?;
    let finding = Finding::of("load of the last minute", &format!("{load:.2}"));
    let processors = f64::from(u32::try_from(facts.processors).unwrap_or(u32::MAX));
    Some(match load > processors * BUSY {
        true => finding.but(
            Verdict::Limited,
            "runs may be inconclusive (exit code 3): other programs disturb the meter",
            "measure when they have ended",
        ),
        false => finding,
    })
}

fn of_tool(tool: Tool, version: Option<&str>) -> Finding {
    match version {
        Some(version) => Finding::of(tool.name(), version),
        None => Finding::of(tool.name(), "not there").but(
            Verdict::NotNeeded,
            tool.use_of(),
            &format!("apt install {}", tool.name()),
        ),
    }
}
