//! A terminal with a program in it, and somebody at the keyboard: `tmux`, with a server of its own.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};
use lab_tests::process::MARK;
use lab_tests::{cast, eventually};

use crate::house::House;

/// Columns and rows. So many rows that nothing of a session scrolls away.
const SIZE: [&str; 4] = ["-x", "140", "-y", "120"];

/// A terminal. Dropped, it is closed, and the program in it hangs up.
pub(crate) struct Terminal {
    socket: PathBuf,
}

impl Terminal {
    /// Opens one for this user, with `dcilab` and these words in it.
    pub(crate) fn open(house: &House, words: &[&str]) -> anyhow::Result<Self> {
        let place = house.runtime();
        // The name under which a test program is `dcilab`.
        let programs = place.join("bin");
        std::fs::create_dir(&programs)?;
        let program = programs.join(cast::DCILAB);
        symlink(cast::own_program(), &program)?;
        let terminal = Self {
            socket: place.join("tmux"),
        };
        let mut command = terminal.tmux(&["new-session", "-d"]);
        command.args(SIZE).arg("--").arg(program).args(words);
        for (name, value) in house.command(&[]).get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        // It is the terminal's, and not a command's of the user.
        command.env_remove(MARK);
        run(command)?;
        Ok(terminal)
    }

    /// Types letters. (`send-keys` without `-l` takes `down` for a key.)
    pub(crate) fn write(&self, letters: &str) -> anyhow::Result<()> {
        run(self.tmux(&["send-keys", "-l", "--", letters])).map(drop)
    }

    /// Presses a key, as tmux calls it: `Enter`, `Tab`, `C-c`.
    pub(crate) fn press(&self, key: &str) -> anyhow::Result<()> {
        run(self.tmux(&["send-keys", key])).map(drop)
    }

    /// What is on the screen, without what is empty below.
    pub(crate) fn screen(&self) -> anyhow::Result<String> {
        let screen = run(self.tmux(&["capture-pane", "-p"]))?;
        Ok(screen.trim_end().to_owned())
    }

    /// Waits until the screen is as wanted, and gives it.
    pub(crate) fn wait(
        &self,
        what: &str,
        is_wanted: impl Fn(&str) -> bool,
    ) -> anyhow::Result<String> {
        let mut seen = String::new();
        eventually(what, || {
            seen = self.screen()?;
            Ok((!is_wanted(&seen)).then(|| format!("the screen:\n{seen}")))
        })?;
        Ok(seen)
    }

    fn tmux(&self, words: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        // Another terminal may be around this test.
        command.env_remove("TMUX").arg("-u").arg("-S");
        command.arg(&self.socket).args(["-f", "/dev/null"]);
        command.args(words);
        command
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = run(self.tmux(&["kill-server"]));
    }
}

fn run(mut command: Command) -> anyhow::Result<String> {
    let output = command.output().context("tmux does not start")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "tmux: {said}");
    Ok(String::from_utf8(output.stdout)?)
}
