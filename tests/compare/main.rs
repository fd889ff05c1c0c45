//! How long a lab takes to come up and to go, beside the same topology built by others: `ip -batch` in a
//! shell script, and Mininet. Run it with `cargo bench -p lab-tests`; `docs/scale.md` has figures.
//!
//! All builders take turns in one run, so that a machine that is busy is busy for all of them, and what is
//! compared is ratios of medians. The others build namespaces, links and addresses, and start nothing: their
//! time is compared with the same steps of `dcilab`, and, which is more than fair to them, with all of `up
//! --wait links`, where every edge device runs.

#![allow(clippy::print_stdout)] // This is what it is for.

mod builder;
mod script;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use lab_tests::{cast, requirement};

use builder::{Builder, Builders, Took};

#[derive(Debug, Parser)]
struct Options {
    /// Sites, each with one host: 3 namespaces a site, and one more
    #[arg(long, value_delimiter = ',', default_values_t = [3, 100])]
    sites: Vec<usize>,
    /// Rounds for each number of sites
    #[arg(long, value_delimiter = ',', default_values_t = [20, 5])]
    rounds: Vec<usize>,
    /// The `dcilab` to look at; default: that in this program
    #[arg(long)]
    dcilab: Option<PathBuf>,
    /// What `up` waits for, in the column that says so
    #[arg(long, default_value = "converged")]
    wait: String,
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    // `play` would read the arguments as those of tests.
    let is_other = std::env::args_os().next().is_some_and(|name| {
        name == "/proc/self/exe"
            || name.to_string_lossy().starts_with("lab-tests:")
            || name == cast::DCILAB
    });
    if is_other {
        return cast::play(&requirement::ROLES, |_| ExitCode::FAILURE);
    }
    match compare(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn compare(options: &Options) -> anyhow::Result<()> {
    for (number, sites) in options.sites.iter().enumerate() {
        let rounds = options.rounds.get(number).or(options.rounds.last());
        let rounds = *rounds.context("--rounds is empty")?;
        let builders = Builders::new(*sites, options.dcilab.as_deref(), &options.wait)?;
        let mut took = Vec::new();
        for round in 1..=rounds {
            eprintln!("{sites} sites: round {round} of {rounds}");
            for builder in Builder::ALL {
                took.push((builder, builders.measure(builder)?));
            }
        }
        tell(*sites, rounds, &took, &options.wait);
    }
    Ok(())
}

fn tell(sites: usize, rounds: usize, took: &[(Builder, Option<Took>)], wait: &str) {
    let median = |builder: Builder, of: fn(&Took) -> f64| {
        let mut values: Vec<f64> = took
            .iter()
            .filter(|(by, _)| *by == builder)
            .filter_map(|(_, took)| took.as_ref().map(of))
            .collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    println!(
        "\n{sites} sites, {} namespaces, median of {rounds} rounds:",
        3 * sites + 1
    );
    let base = [
        median(Builder::Script, |took| took.built),
        median(Builder::Script, |took| took.down),
    ];
    println!(
        "{:44} {:>9} {:>8} {:>9} {:>8}",
        "", "up", "ratio", "down", "ratio"
    );
    for builder in Builder::ALL {
        let line = |what: &str, up: Option<f64>, down: Option<f64>| {
            let cell = |value: Option<f64>, base: Option<f64>| match (value, base) {
                (Some(value), Some(base)) => {
                    (format!("{value:.3} s"), format!("{:.2}", value / base))
                }
                _ => ("-".to_owned(), "-".to_owned()),
            };
            let ((up, up_ratio), (down, down_ratio)) = (cell(up, base[0]), cell(down, base[1]));
            println!("{what:44} {up:>9} {up_ratio:>8} {down:>9} {down_ratio:>8}");
        };
        let down = median(builder, |took| took.down);
        let name = builder.name();
        line(name, median(builder, |took| took.built), down);
        if builder == Builder::Dcilab {
            line(
                "dcilab up --wait links, devices running",
                median(builder, |took| took.links),
                None,
            );
            let what = format!("dcilab up --wait {wait}");
            line(&what, median(builder, |took| took.waited), None);
        }
    }
}
