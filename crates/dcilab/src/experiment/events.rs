//! What the edge devices told during an experiment, one JSON object a line.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::Path;

use edge_api::Event;
use serde::Serialize;

use crate::lab::{Lab, LabError};

#[derive(Serialize)]
struct Line<'a> {
    experiment: &'a str,
    device: &'a str,
    #[serde(flatten)]
    event: &'a Event,
}

/// Adds all events of this experiment to the run's file, by device.
pub(super) fn append(lab: &Lab, experiment: &str, file: &Path) -> Result<(), LabError> {
    let what = || format!("write {}", file.display());
    write(lab, experiment, file).map_err(|error| LabError::file(what())(error))
}

fn write(lab: &Lab, experiment: &str, file: &Path) -> std::io::Result<()> {
    let opened = OpenOptions::new().create(true).append(true).open(file)?;
    let mut out = BufWriter::new(opened);
    for planned in &lab.plan().edge_devices {
        let device = planned.config.name.as_str();
        for event in &lab.journal().of(device) {
            let line = Line {
                experiment,
                device,
                event,
            };
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()
}
