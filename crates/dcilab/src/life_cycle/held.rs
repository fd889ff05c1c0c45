//! How long a lab stands.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use rustix::fs::{FileType, fstat};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

/// Who decides when a lab ends, besides those who ask for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hold {
    /// Nobody.
    #[default]
    UntilDown,
    /// Whoever holds the other end of standard input, a pipe: with them, by whatever death, the lab ends.
    StandardInput,
}

impl Hold {
    /// Whether standard input can hold a lab.
    ///
    /// # Errors
    /// It is no pipe.
    pub fn check(self) -> Result<(), String> {
        let kind = fstat(io::stdin()).map(|found| FileType::from_raw_mode(found.st_mode));
        match (self, kind) {
            (Self::UntilDown, _) | (Self::StandardInput, Ok(FileType::Fifo)) => Ok(()),
            (Self::StandardInput, _) => Err(
                "--hold needs a pipe as standard input, which ends the lab when it is closed: \
                 `sleep 60 | dcilab up FILE --hold`, or a pipe of the program that starts it"
                    .to_owned(),
            ),
        }
    }

    /// Is ready when nobody holds the lab any more.
    pub(super) async fn released(self) {
        match self {
            Self::UntilDown => std::future::pending().await,
            Self::StandardInput => {
                if let Err(error) = read_to_end().await {
                    eprintln!("standard input: {error}");
                }
            }
        }
    }
}

async fn read_to_end() -> io::Result<()> {
    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut pipe = Receiver::from_file(file)?;
    let mut ignored = [0; 256];
    while pipe.read(&mut ignored).await? > 0 {}
    Ok(())
}
