//! `dcilab completions`: what a shell needs to complete the command line.

use std::process::ExitCode;

use clap::Args;
use clap_complete::Shell;

use super::lab::finish;
use super::{command, output};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab completions bash > ~/.local/share/bash-completion/completions/dcilab
  dcilab completions zsh > ~/.zfunc/_dcilab
  dcilab completions fish > ~/.config/fish/completions/dcilab.fish")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "dcilab", &mut script);
        finish(output::bytes(&script).map_err(Into::into))
    }
}
