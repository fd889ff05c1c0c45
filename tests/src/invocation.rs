//! A run of `dcilab`: started, watched by its progress lines, waited for.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal};

use crate::process::{MARK, Marked};
use crate::{PATIENCE, cast};

/// A run that goes on. Dropped, it is killed, and everything of it with it.
pub struct Invocation {
    child: Child,
    mark: String,
    stderr: Receiver<String>,
    heard: Vec<String>,
    stdout: Option<JoinHandle<std::io::Result<String>>>,
}

/// A run that is over.
#[derive(Debug)]
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
}

impl Invocation {
    /// Starts `dcilab` with these arguments. The words are split at spaces, so none may have one.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(arguments: &str) -> anyhow::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mark = format!("{}-{number}", std::process::id());
        let mut child = cast::dcilab()
            .args(arguments.split_whitespace())
            .env(MARK, &mark)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("dcilab does not start")?;
        let mut out = child.stdout.take().context("no standard output")?;
        let err = child.stderr.take().context("no standard error")?;
        let stdout = std::thread::spawn(move || {
            let mut text = String::new();
            out.read_to_string(&mut text).map(|_| text)
        });
        let (lines, stderr) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        Ok(Self {
            child,
            mark,
            stderr,
            heard: Vec::new(),
            stdout: Some(stdout),
        })
    }

    /// Waits until it says on standard error that it does this `step` now.
    ///
    /// # Errors
    /// It ends without, or takes too long.
    pub fn wait_for_step(&mut self, step: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let end = format!(": {step}");
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.stderr.recv_timeout(left) {
                Ok(line) => {
                    let found = line.ends_with(&end);
                    self.heard.push(line);
                    if found {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!(
                        "no `{step}` within {PATIENCE:?}:\n{}",
                        self.heard.join("\n")
                    )
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("it ended before `{step}`:\n{}", self.heard.join("\n"))
                }
            }
        }
    }

    /// Its processes.
    #[must_use]
    pub fn processes(&self) -> Marked {
        Marked::new(&self.mark, self.child.id())
    }

    /// Sends the process that was started a signal.
    ///
    /// # Errors
    /// It is not there any more.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        rustix::process::kill_process(Pid::from_child(&self.child), signal)?;
        Ok(())
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// It takes too long, or prints what is no text.
    pub fn wait(mut self) -> anyhow::Result<Ended> {
        let deadline = Instant::now() + PATIENCE;
        // Standard error closes when the last of its processes has ended.
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.stderr.recv_timeout(left) {
                Ok(line) => self.heard.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    bail!("no end within {PATIENCE:?}:\n{}", self.heard.join("\n"))
                }
            }
        }
        let status = self.child.wait()?;
        let stdout = self.stdout.take().context("already waited for")?;
        let stdout = stdout
            .join()
            .map_err(|_| anyhow::anyhow!("the reader panicked"))?;
        Ok(Ended {
            status,
            stdout: stdout.context("standard output is no text")?,
            stderr: self.heard.join("\n"),
        })
    }
}

impl Drop for Invocation {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `dcilab` to its end.
///
/// # Errors
/// As [`Invocation::start`] and [`Invocation::wait`].
pub fn run(arguments: &str) -> anyhow::Result<Ended> {
    Invocation::start(arguments)?.wait()
}

impl Ended {
    /// Fails unless it ended with this code.
    ///
    /// # Errors
    /// What it ended with, and what it said.
    pub fn expect_code(&self, code: i32) -> anyhow::Result<()> {
        ensure!(
            self.status.code() == Some(code),
            "ended with {:?} (signal {:?}), not with {code}; it said:\n{}",
            self.status.code(),
            self.status.signal(),
            self.stderr
        );
        Ok(())
    }

    /// Fails unless it said all of this on standard error.
    ///
    /// # Errors
    /// What is missing, and what it said.
    pub fn expect_said(&self, texts: &[&str]) -> anyhow::Result<()> {
        for text in texts {
            ensure!(
                self.stderr.contains(text),
                "`{text}` is missing on standard error:\n{}",
                self.stderr
            );
        }
        Ok(())
    }
}
