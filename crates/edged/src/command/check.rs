//! `edged check`: what is wrong with a configuration, in itself and on this machine.

use std::process::ExitCode;

use edge_api::EdgeConfig;

use super::arguments::Check;
use super::here;
use crate::config_file::ConfigFile;

/// Reads, checks and says everything that is wrong.
pub(super) fn run(check: &Check) -> ExitCode {
    let config = match ConfigFile::new(&check.file).read() {
        Ok(config) => config,
        Err(problems) => {
            for problem in problems {
                eprintln!("error: {problem}");
            }
            return ExitCode::from(2);
        }
    };
    let file = check.file.display();
    let findings = if check.here {
        here::look(&config)
    } else {
        here::Findings::default()
    };
    for warning in &findings.warnings {
        eprintln!("warning: {file}: {warning}");
    }
    for error in &findings.errors {
        eprintln!("error: {file}: {error}");
    }
    if !findings.errors.is_empty() {
        return ExitCode::from(2);
    }
    match super::print(&format!("{file}: {}: nothing is wrong\n", summary(&config))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

/// What the configuration is of, in one line.
fn summary(config: &EdgeConfig) -> String {
    let (ports, links) = (config.site_ports.len(), config.evi_links.len());
    let circuits = match config.isis_circuits.len() {
        0 => String::new(),
        count => format!(", IS-IS circuits: {count}"),
    };
    format!(
        "{}, mode {}, IGP {}, site ports: {ports}, EVI links: {links}{circuits}",
        config.name, config.mode, config.igp.profile
    )
}
