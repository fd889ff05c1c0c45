//! What edge devices are asked, and what they answer: now, at the last look, or in a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use edge_api::protocol as device;
use serde_json::{Value, json};

use super::VerbError;
use crate::life_cycle::Client;
use crate::life_cycle::protocol::{Before, Request, Response};

/// The answers of the edge devices to one question, by name.
pub(super) type Answers = BTreeMap<String, device::Response>;

/// The answers to each question.
pub(super) struct Look {
    pub(super) now: Vec<Answers>,
    /// Those of the last look, if every device has been looked at before.
    pub(super) before: Option<Vec<Answers>>,
}

pub(super) fn look(
    client: &mut Client,
    devices: &[String],
    questions: &[device::Request],
    before: Before,
) -> Result<Look, VerbError> {
    let mut look = Look {
        now: Vec::new(),
        before: Some(Vec::new()),
    };
    for question in questions {
        let (mut answers, mut last) = (Answers::new(), Some(Answers::new()));
        for device in devices {
            let request = Request::Look {
                device: device.clone(),
                ask: question.clone(),
                before,
            };
            let (then, now) = match client.ask(&request)? {
                Response::Looked { before, now } => (before, now),
                other => return Err(client.unexpected(&other).into()),
            };
            answers.insert(device.clone(), *now);
            last = last.zip(then).map(|(mut last, then)| {
                last.insert(device.clone(), *then);
                last
            });
        }
        look.now.push(answers);
        look.before = look.before.zip(last).map(|(mut before, last)| {
            before.push(last);
            before
        });
    }
    Ok(look)
}

/// What machines are told: by device what its answer holds, without what it is called; where a table is
/// made from several answers, all of them under their names.
pub(super) fn bodies(answers: &[Answers]) -> Value {
    let told = |answers: &Answers| -> Value {
        let bodies = answers.iter().map(|(name, a)| (name.clone(), tagged(a)));
        let body = |(name, mut value): (String, Value)| (name, value["body"].take());
        Value::Object(bodies.map(body).collect())
    };
    match answers {
        [only] => told(only),
        several => {
            let name = |answers: &Answers| {
                let first = answers.values().next();
                let first = first.map(tagged).unwrap_or_default();
                first["response"].as_str().unwrap_or_default().to_owned()
            };
            let named = several.iter().map(|answers| (name(answers), told(answers)));
            Value::Object(named.collect())
        }
    }
}

fn tagged(answer: &device::Response) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}

/// A look that was saved with `-f json`.
pub(super) struct Saved {
    file: PathBuf,
    value: Value,
}

impl Saved {
    pub(super) fn read(file: &Path) -> Result<Self, VerbError> {
        let name = file.display();
        let text = fs::read_to_string(file)
            .map_err(|error| VerbError::Usage(format!("cannot read {name}: {error}")))?;
        let value = serde_json::from_str(&text)
            .map_err(|error| VerbError::Usage(format!("{name} is no JSON: {error}")))?;
        Ok(Self {
            file: file.to_owned(),
            value,
        })
    }

    /// What is saved of the devices that were asked now.
    pub(super) fn answers(&self, now: &[Answers]) -> Result<Vec<Answers>, VerbError> {
        now.iter()
            .map(|answers| self.of(answers, now.len()))
            .collect()
    }

    fn of(&self, now: &Answers, questions: usize) -> Result<Answers, VerbError> {
        let mut saved = Answers::new();
        for (device, answer) in now {
            let name = tagged(answer)["response"].take();
            let table = match questions {
                1 => &self.value,
                _ => &self.value[name.as_str().unwrap_or_default()],
            };
            let body = table.get(device).ok_or_else(|| self.other(device))?;
            let whole = json!({ "response": name, "body": body });
            let read = serde_json::from_value(whole).map_err(|_| self.other(device))?;
            saved.insert(device.clone(), read);
        }
        Ok(saved)
    }

    fn other(&self, device: &str) -> VerbError {
        VerbError::Usage(format!(
            "{} does not hold this table of {device}: save it with the same `show ... -f json`",
            self.file.display()
        ))
    }
}
