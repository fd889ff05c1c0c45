//! What the verbs for standing labs share: which lab, and how it is asked.

use std::process::ExitCode;

use clap::Args;
use topology::{known, unknown};

use crate::ending::Ending;
use crate::life_cycle::protocol::{Inspection, Request, Response};
use crate::life_cycle::visible::VisibleError;
use crate::life_cycle::{Client, ClientError, Entry, RuntimeDirectory, RuntimeDirectoryError};

/// Which lab.
#[derive(Clone, Debug, Args)]
pub(super) struct LabName {
    /// The lab; needed only where several are up
    #[arg(short, long, value_name = "LAB", env = "DCILAB_LAB")]
    lab: Option<String>,
}

/// Why a verb did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum VerbError {
    /// The directory of labs.
    #[error(transparent)]
    Directory(#[from] RuntimeDirectoryError),
    /// The lab did not answer, or refused.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// It is not clear which lab is meant, or there is none.
    #[error("{0}")]
    WhichLab(String),
    /// Names on the machine.
    #[error(transparent)]
    Visible(#[from] VisibleError),
    /// What was asked makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Files of the manual.
    #[error(transparent)]
    Man(#[from] super::man::ManError),
    /// Standard output.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] std::io::Error),
}

impl VerbError {
    /// Says what went wrong, and how to end for it.
    pub(super) fn end(&self) -> Ending {
        eprintln!("error: {self}");
        match self {
            Self::Client(ClientError::Refused(_)) | Self::WhichLab(_) | Self::Usage(_) => {
                Ending::Invalid
            }
            Self::Directory(RuntimeDirectoryError::Name { .. }) => Ending::Invalid,
            Self::Man(_) => Ending::Fail,
            Self::Visible(_) => Ending::CleanUp,
            Self::Directory(_) | Self::Client(_) | Self::Output(_) => Ending::BringUp,
        }
    }
}

/// Ends a verb.
pub(super) fn finish(done: Result<(), VerbError>) -> ExitCode {
    match done {
        Ok(()) => Ending::Pass.into(),
        Err(error) => error.end().into(),
    }
}

impl From<Option<String>> for LabName {
    fn from(lab: Option<String>) -> Self {
        Self { lab }
    }
}

impl LabName {
    /// Connects to the lab that is meant.
    pub(super) fn connect(&self) -> Result<Client, VerbError> {
        let (labs, gone) = RuntimeDirectory::open()?.labs_and_gone()?;
        let lab = self.choose(&labs, &gone)?;
        Ok(Client::connect(&lab.name, &lab.socket)?)
    }

    /// `gone` are those that were found dead.
    fn choose<'a>(&self, labs: &'a [Entry], gone: &[String]) -> Result<&'a Entry, VerbError> {
        let names = || labs.iter().map(|lab| lab.name.as_str());
        let is_gone = |name: &&String| self.lab.as_ref().is_none_or(|asked| asked == *name);
        let gone = gone.iter().find(is_gone);
        let gone = gone.map(|name| format!("lab `{name}` is gone, its process was killed; "));
        let gone = gone.unwrap_or_default();
        let text = match (&self.lab, labs) {
            (None, [only]) => return Ok(only),
            (_, []) => format!("{gone}no lab is up: `dcilab up FILE` brings one up"),
            (None, _) => format!(
                "several labs are up: name one with --lab: {}",
                known(names())
            ),
            (Some(name), _) => match labs.iter().find(|lab| lab.name == *name) {
                Some(lab) => return Ok(lab),
                None => format!("{gone}{}", unknown("lab", name, names())),
            },
        };
        Err(VerbError::WhichLab(text))
    }
}

/// Asks a lab what it is.
pub(super) fn inspect(client: &mut Client) -> Result<Inspection, ClientError> {
    match client.ask(&Request::Inspect)? {
        Response::Inspect(inspection) => Ok(*inspection),
        other => Err(client.unexpected(&other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labs(names: &[&str]) -> Vec<Entry> {
        let entry = |name: &&str| Entry {
            name: (*name).to_owned(),
            socket: format!("{name}.sock").into(),
        };
        names.iter().map(entry).collect()
    }

    fn choose(name: Option<&str>, names: &[&str]) -> Result<String, String> {
        let lab = LabName {
            lab: name.map(str::to_owned),
        };
        let labs = labs(names);
        let gone = ["dead".to_owned()];
        let chosen = lab.choose(&labs, &gone).map(|lab| lab.name.clone());
        chosen.map_err(|error| error.to_string())
    }

    #[test]
    fn the_only_lab_need_not_be_named() {
        assert_eq!(choose(None, &["x"]), Ok("x".to_owned()));
        assert_eq!(choose(Some("y"), &["x", "y"]), Ok("y".to_owned()));
    }

    #[test]
    fn what_is_unclear_is_said_with_a_cure() {
        let cases = [
            (choose(None, &[]), "dcilab up FILE"),
            (choose(None, &["x", "y"]), "--lab: `x`, `y`"),
            (
                choose(Some("tree-site"), &["three-site"]),
                "did you mean `three-site`",
            ),
            (choose(Some("z"), &[]), "no lab is up"),
            (choose(None, &[]), "lab `dead` is gone"),
            (
                choose(Some("dead"), &["x"]),
                "is gone, its process was killed; there is no",
            ),
        ];
        for (chosen, says) in cases {
            let error = chosen.unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
