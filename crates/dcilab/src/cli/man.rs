//! `dcilab man`: the manual, made of the same words as `--help`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, io};

use clap::{Args, Command};
use clap_mangen::Man as Page;

use super::lab::{VerbError, finish};
use super::{command, output};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab man | man -l -
  dcilab man ~/.local/share/man/man1      # one page a verb: `man dcilab-migrate`")]
pub(super) struct Man {
    /// Where to write one page a verb; made if it is not there. Without it the first page goes to
    /// standard output
    dir: Option<PathBuf>,
}

/// Why the manual could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the manual to {}: {source}: name a directory that you can write to", path.display())]
pub(super) struct ManError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl Man {
    pub(super) fn run(self) -> ExitCode {
        finish(self.write())
    }

    fn write(&self) -> Result<(), VerbError> {
        let mut whole = command();
        whole.build();
        let Some(dir) = &self.dir else {
            return Ok(output::bytes(&page(&whole)?)?);
        };
        let fail = |path: &PathBuf| {
            let path = path.clone();
            move |source| ManError { path, source }
        };
        fs::create_dir_all(dir).map_err(fail(dir))?;
        for (name, text) in pages(&whole)? {
            let file = dir.join(name);
            fs::write(&file, text).map_err(fail(&file))?;
        }
        Ok(())
    }
}

/// The pages of a command and of all that it is followed by (`show isis lsdb`), each with its file's name.
fn pages(command: &Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let mut pages = vec![(format!("{name}.1"), page(command)?)];
    for followed in command.get_subcommands() {
        pages.extend(self::pages(followed)?);
    }
    Ok(pages)
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    Page::new(command.clone()).render(&mut text)?;
    Ok(text)
}
