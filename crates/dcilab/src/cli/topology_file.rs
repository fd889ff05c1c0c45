//! The topology file of a verb, and what is set in place of what it says.

use std::fs;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::Command;

use clap::Args;
use topology::{Resolved, Source, Topology};

use crate::ending::Ending;

/// A topology file, and settings.
#[derive(Clone, Debug, Args)]
pub(super) struct TopologyFile {
    /// Topology file
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) settings: FileSettings,
}

/// What is set in place of what a topology says.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct FileSettings {
    /// Key of the topology to set, whatever the file says: `mechanism.mode=igp-only`,
    /// `host.vm1.site=b`; again for each
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
}

/// A topology that was read, and what it was read from.
pub(super) struct Loaded {
    pub(super) text: String,
    pub(super) settings: FileSettings,
    pub(super) topology: Resolved,
}

impl TopologyFile {
    /// Reads it; what is wrong with it goes to standard error.
    pub(super) fn load(&self) -> Option<Loaded> {
        let name = self.file.display().to_string();
        match fs::read_to_string(&self.file) {
            Ok(text) => self.settings.load(&name, text),
            Err(error) => {
                eprintln!("error: cannot read the topology {name}: {error}");
                None
            }
        }
    }

    pub(super) fn hand_on(&self, command: &mut Command) {
        command.arg(&self.file);
        for setting in &self.settings.set {
            command.arg(format!("--set={setting}"));
        }
    }
}

impl FileSettings {
    /// Reads a topology; what is wrong with it, or with a setting, goes to standard error.
    pub(super) fn load(&self, name: &str, text: String) -> Option<Loaded> {
        let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let source = Source::with_settings(name, &text, &self.set);
        let topology = match Topology::load_source(&source) {
            Ok(topology) => topology,
            Err(diagnostics) => {
                eprintln!("{}", diagnostics.render_source(&source, color));
                return None;
            }
        };
        if !topology.warnings().is_empty() {
            eprintln!("{}", topology.warnings().render_source(&source, color));
        }
        Some(Loaded {
            settings: self.clone(),
            topology,
            text,
        })
    }

    /// Says which key is set and asked for by an option of its own as well, and how to end then.
    pub(super) fn refuse_twice(&self, options: &[(bool, &str, &str)]) -> Option<Ending> {
        let mut given = options.iter().filter(|(is_given, ..)| *is_given);
        let (_, option, path) = given.find(|(_, _, path)| self.has(path))?;
        eprintln!(
            "error: {option} and --set {path} say the same thing twice: leave one of them out"
        );
        Some(Ending::Invalid)
    }

    /// Whether one of them sets this key.
    pub(super) fn has(&self, path: &str) -> bool {
        let path_of = |setting: &String| {
            let (path, _) = setting.split_once('=')?;
            Some(path.split('.').map(str::trim).collect::<Vec<_>>().join("."))
        };
        self.set
            .iter()
            .any(|setting| path_of(setting).as_deref() == Some(path))
    }
}
