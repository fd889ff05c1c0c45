//! What a test needs of the machine, and what happens where it is missing.
//!
//! Looked at when tests are listed. A test that lacks something is listed as ignored, and why is printed;
//! `DCILAB_REQUIRE=lab,tshark,tcpdump,frr,tmux,xmllint` names what must not be missing: then the test fails.

use std::process::{Command, ExitCode};
use std::sync::OnceLock;

use libtest_mimic::Trial;
use linux_net::isolate::{self, IsolateOptions, Isolated};
use linux_net::namespace::Namespace;
use linux_net::{link, queueing};

use crate::cast::{self, Role, trial};

/// The role of a process that only tries whether a lab can be entered.
const PROBE: &str = "probe-lab";
/// The role of a process that, inside a lab, tries to forbid further user namespaces.
const PROBE_LIMIT: &str = "probe-limit";

/// The role of a process that, inside a lab, tries the queueing discipline `netem`.
const PROBE_NETEM: &str = "probe-netem";

/// Roles that every test program needs to have.
pub const ROLES: [Role; 3] = [
    (PROBE, probe_lab),
    (PROBE_LIMIT, probe_limit),
    (PROBE_NETEM, probe_netem),
];

/// Something that not every machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// User, mount, network and process namespaces.
    Lab,
    /// A lab in which the number of user namespaces can be limited.
    NamespaceLimit,
    /// A kernel with the queueing disciplines `netem` and `prio`.
    Netem,
    /// `tshark`.
    Tshark,
    /// `tcpdump`.
    Tcpdump,
    /// FRR's isisd, where Debian has it, and `vtysh`.
    Frr,
    /// `tmux`: a terminal with a program at the keyboard.
    Tmux,
    /// `xmllint`, which checks XML against a schema.
    Xmllint,
}

impl Requirement {
    /// Its name in `DCILAB_REQUIRE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::NamespaceLimit => "namespace-limit",
            Self::Netem => "netem",
            Self::Tshark => "tshark",
            Self::Tcpdump => "tcpdump",
            Self::Frr => "frr",
            Self::Tmux => "tmux",
            Self::Xmllint => "xmllint",
        }
    }

    /// Why it is not there; `None` when it is.
    #[must_use]
    pub fn missing(self) -> Option<&'static str> {
        static FOUND: [OnceLock<Option<String>>; 7] = [const { OnceLock::new() }; 7];
        let found = FOUND[self as usize].get_or_init(|| self.look());
        found.as_deref()
    }

    fn look(self) -> Option<String> {
        let mut command = match self {
            Self::Lab => cast::role(PROBE),
            Self::NamespaceLimit => cast::role(PROBE_LIMIT),
            Self::Netem => cast::role(PROBE_NETEM),
            Self::Tshark | Self::Tcpdump | Self::Tmux | Self::Xmllint => Command::new(self.name()),
            Self::Frr => Command::new("/usr/lib/frr/isisd"),
        };
        if matches!(
            self,
            Self::Tshark | Self::Tcpdump | Self::Frr | Self::Xmllint
        ) {
            command.arg("--version");
        }
        if self == Self::Tmux {
            command.arg("-V");
        }
        match command.output() {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Some(format!("{}: {error}", self.name())),
        }
    }

    fn must_be_there(self) -> bool {
        let required = std::env::var("DCILAB_REQUIRE").unwrap_or_default();
        required.split(',').any(|word| word.trim() == self.name())
    }
}

/// A test that needs something of the machine.
#[must_use]
pub fn needing(
    requirements: &[Requirement],
    name: impl Into<String>,
    test: impl FnOnce() -> anyhow::Result<()> + Send + 'static,
) -> Trial {
    let name = name.into();
    let lack = |r: &Requirement| r.missing().map(|why| (*r, why));
    let Some((requirement, why)) = requirements.iter().find_map(lack) else {
        return trial(name, test);
    };
    let lacking = requirement.name();
    if !requirement.must_be_there() {
        eprintln!("IGNORED, NOT TESTED: {name}: needs {lacking}: {why}");
    }
    let fail = move || anyhow::bail!("needs {lacking}, which is not there: {why}");
    trial(name, fail)
        .with_kind(format!("needs {lacking}"))
        .with_ignored_flag(!requirement.must_be_there())
}

fn probe_lab() -> ExitCode {
    inside(|| Ok(()))
}

fn probe_limit() -> ExitCode {
    inside(forbid_user_namespaces)
}

fn probe_netem() -> ExitCode {
    inside(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let namespace = Namespace::create("probe").await?;
            queueing::sort_by_source(&namespace, "lo").await?;
            queueing::clear(&namespace, "lo").await?;
            link::try_netem(&namespace, "lo").await?;
            namespace.remove()?;
            Ok(())
        })
    })
}

/// Enters a lab's world and does `work` in it.
pub fn inside(work: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    match isolate::enter(IsolateOptions::default()) {
        Ok(Isolated::Parent(status)) => ExitCode::from(isolate::exit_code(status)),
        Ok(Isolated::Child(_)) => match work() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error:#}");
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Forbids user namespaces within the user namespace of this process, and nowhere else. Only for
/// [`inside`].
///
/// # Errors
/// The machine does not allow even that.
pub fn forbid_user_namespaces() -> anyhow::Result<()> {
    use anyhow::Context;
    let file = "/proc/sys/user/max_user_namespaces";
    std::fs::write(file, "0").with_context(|| format!("cannot write {file}"))
}
