//! One race: what is real, what is played, and the process that is its lab.

use std::path::Path;
use std::pin::Pin;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use edge_api::EdgeConfig;
use lab_tests::cast;
use lab_tests::requirement::{Requirement, inside, needing};
use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::stage::Stage;
use crate::{hold, late, lost, refreshed, stale, stranger};

/// The role of the process that is a race's lab. Its arguments: name of the race, file for the capture.
pub(crate) const ROLE: &str = "race";

type Running<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;

/// A race.
pub(crate) struct Race {
    /// The name of its test.
    pub(crate) name: &'static str,
    /// The sites whose edge devices are real. The others' are played.
    pub(crate) real: &'static [&'static str],
    /// What is different from the defaults in the configuration of a device, real or played.
    pub(crate) adjust: fn(&mut EdgeConfig),
    /// The race itself.
    pub(crate) run: fn(&mut Stage) -> Running<'_>,
}

/// Every race.
pub(crate) const RACES: &[Race] = &[
    Race {
        name: "d_1_an_announcement_after_the_publication_installs_nothing",
        real: &["b"],
        adjust: |_| {},
        run: |stage| Box::pin(late::after_the_publication(stage)),
    },
    Race {
        name: "d_1_an_announcement_older_than_the_local_entry_installs_nothing",
        real: &["b"],
        adjust: |_| {},
        run: |stage| Box::pin(late::after_the_return(stage)),
    },
    refreshed::RACE,
    Race {
        name: "d_2_an_overtaken_publication_that_lists_the_vm_anew_overrides_no_flood_entry",
        real: &["b"],
        adjust: |_| {},
        run: |stage| Box::pin(stale::lists_it_anew(stage)),
    },
    Race {
        name: "d_2_the_old_site_withdraws_the_vm_as_soon_as_it_is_announced_elsewhere",
        real: &["b"],
        adjust: |_| {},
        run: |stage| Box::pin(stale::the_old_site_withdraws(stage)),
    },
    Race {
        name: "d_3_a_flood_entry_ends_with_the_hold_time_and_the_database_has_the_last_word",
        real: &["b"],
        adjust: hold::briefly,
        run: |stage| Box::pin(hold::without_publication(stage)),
    },
    Race {
        name: "d_4_a_repeat_makes_good_a_lost_announcement",
        real: &["b", "c"],
        adjust: lost::repeat_soon_publish_late,
        run: |stage| Box::pin(lost::repeat_is_heard(stage)),
    },
    Race {
        name: "d_6_an_announcement_from_an_unknown_peer_is_dropped",
        real: &["b"],
        adjust: |_| {},
        run: |stage| Box::pin(stranger::unknown_peer(stage)),
    },
    Race {
        name: "d_6_a_stamp_from_the_far_future_outruns_nobody",
        real: &["b"],
        adjust: |_| {},
        run: |stage| Box::pin(stranger::far_future(stage)),
    },
];

/// The test of a race.
pub(crate) fn trial(race: &'static Race) -> Trial {
    needing(&[Requirement::Lab], race.name, || {
        let scratch = TempDir::new()?;
        hold(race, &scratch.path().join("race.pcapng"))
    })
}

/// Lets a race take place in a lab of its own, captured into `file`.
pub(crate) fn hold(race: &Race, file: &Path) -> anyhow::Result<()> {
    let output = cast::role(ROLE).arg(race.name).arg(file).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}:\n{said}", output.status);
    Ok(())
}

/// The process of the lab.
pub(crate) fn play() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    inside(|| {
        let [name, file] = arguments.as_slice() else {
            anyhow::bail!("takes a race and a file, not {arguments:?}");
        };
        let race = RACES.iter().find(|race| race.name == *name);
        let race = race.with_context(|| format!("there is no race {name}"))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(run(race, Path::new(file)))
    })
}

async fn run(race: &Race, file: &Path) -> anyhow::Result<()> {
    let mut stage = Stage::raise(race, file).await?;
    let ended = (race.run)(&mut stage).await;
    // Even if it went wrong: then the frames say why.
    stage.strike().await?;
    ended
}
