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
/// The role of a process that tries whether it may mount, in mounts of its own.
const PROBE_ROOT: &str = "probe-root";

/// Roles that every test program needs to have.
pub const ROLES: [Role; 4] = [
    (PROBE, probe_lab),
    (PROBE_LIMIT, probe_limit),
    (PROBE_NETEM, probe_netem),
    (PROBE_ROOT, probe_root),
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
    /// Root of the whole machine, who may mount in it, and `ip`.
    Root,
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
            Self::Root => "root",
        }
    }

    /// Why it is not there; `None` when it is.
    #[must_use]
    pub fn missing(self) -> Option<&'static str> {
        static FOUND: [OnceLock<Option<String>>; Requirement::Root as usize + 1] =
            [const { OnceLock::new() }; Requirement::Root as usize + 1];
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
            Self::Root => cast::role(PROBE_ROOT),
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

/// Whether names of namespaces can be made: those of a lab in a user namespace would be for that alone.
fn probe_root() -> ExitCode {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let map: Vec<_> = map.split_whitespace().collect();
    let tried = match (rustix::process::geteuid().is_root(), map.as_slice()) {
        (false, _) => Err("it is run by a user who is not root".to_owned()),
        (true, ["0", "0", "4294967295"]) => isolate::enter(IsolateOptions {
            user_namespace: isolate::UserNamespace::Kept,
        })
        .map_err(|error| error.to_string()),
        (true, _) => Err("root, but of a user namespace".to_owned()),
    };
    match tried {
        Ok(Isolated::Parent(status)) => ExitCode::from(isolate::exit_code(status)),
        Ok(Isolated::Child(_)) => match Command::new("ip").arg("-V").output() {
            Ok(output) if output.status.success() => ExitCode::SUCCESS,
            _ => {
                eprintln!("there is no `ip`");
                ExitCode::FAILURE
            }
        },
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
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
