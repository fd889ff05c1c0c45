//! One scene: a lab in a process of its own, impaired by one back end.

use std::pin::Pin;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use lab_tests::cast;
use lab_tests::requirement::{Requirement, inside, needing};
use libtest_mimic::Trial;
use topology::ImpairWith;

use crate::stage::Stage;
use crate::{answers, back_ends, delay, losses};

/// The role of the process that is a scene's lab. Its arguments: name of the scene, back end.
pub(crate) const ROLE: &str = "impaired";

type Running<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;

/// What is tried.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    /// The back ends that can do it.
    pub(crate) by: &'static [ImpairWith],
    /// What is added to the topology.
    pub(crate) tables: &'static str,
    pub(crate) run: fn(&mut Stage) -> Running<'_>,
}

const BOTH: &[ImpairWith] = &[ImpairWith::Relay, ImpairWith::Netem];
const RELAY: &[ImpairWith] = &[ImpairWith::Relay];

/// Every scene.
pub(crate) const SCENES: &[Scene] = &[
    Scene {
        name: "a_packet_is_delayed_as_asked_and_no_less",
        by: BOTH,
        tables: delay::CONSTANT,
        run: |stage| Box::pin(delay::constant(stage)),
    },
    Scene {
        name: "jitter_spreads_delays_over_its_width",
        by: BOTH,
        tables: delay::JITTER,
        run: |stage| Box::pin(delay::jitter(stage)),
    },
    Scene {
        name: "a_rate_is_kept_and_a_full_queue_counted",
        by: BOTH,
        tables: delay::RATE,
        run: |stage| Box::pin(delay::rate(stage)),
    },
    Scene {
        name: "packets_are_lost_as_often_as_asked",
        by: BOTH,
        tables: losses::SINGLE,
        run: |stage| Box::pin(losses::single(stage)),
    },
    Scene {
        name: "bursts_are_as_long_as_asked",
        by: BOTH,
        tables: losses::BURSTS,
        run: |stage| Box::pin(losses::bursts(stage)),
    },
    Scene {
        name: "a_seed_loses_the_same_packets_again",
        by: RELAY,
        tables: losses::BURSTS,
        run: |stage| Box::pin(losses::again(stage)),
    },
    Scene {
        name: "copies_and_overtaking_packets_are_those_of_the_seed",
        by: RELAY,
        tables: losses::COPIES,
        run: |stage| Box::pin(losses::copies(stage)),
    },
    Scene {
        name: "a_partition_parts_two_sites_until_it_is_healed",
        by: BOTH,
        tables: delay::CONSTANT,
        run: |stage| Box::pin(back_ends::partition(stage)),
    },
    Scene {
        name: "the_kernel_forwards_again_after_a_reset",
        by: BOTH,
        tables: "",
        run: |stage| Box::pin(back_ends::reset(stage)),
    },
    Scene {
        name: "no_packet_comes_twice_while_the_relay_comes_and_goes",
        by: RELAY,
        tables: "",
        run: |stage| Box::pin(back_ends::to_and_fro(stage)),
    },
    Scene {
        name: "what_netem_cannot_do_is_refused_or_done_by_the_relay",
        by: BOTH,
        tables: "",
        run: |stage| Box::pin(back_ends::choice(stage)),
    },
    Scene {
        name: "the_public_network_answers_as_without_impairments",
        by: BOTH,
        tables: answers::DELAY,
        run: |stage| Box::pin(answers::delayed(stage)),
    },
    Scene {
        name: "the_public_network_answers",
        by: &[ImpairWith::Auto],
        tables: "",
        run: |stage| Box::pin(answers::plain(stage)),
    },
];

/// The tests of a scene, one for each back end.
pub(crate) fn trials(scene: &'static Scene) -> impl Iterator<Item = Trial> {
    scene.by.iter().map(move |by| {
        let needs: &[_] = match by {
            ImpairWith::Netem => &[Requirement::Lab, Requirement::Netem],
            ImpairWith::Relay | ImpairWith::Auto => &[Requirement::Lab],
        };
        let name = format!("{by}::{}", scene.name);
        needing(needs, name, move || {
            let output = cast::role(ROLE).args([scene.name, by.name()]).output()?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "{}: {said}", output.status);
            Ok(())
        })
    })
}

/// Plays a scene inside a lab's world.
pub(crate) fn play() -> ExitCode {
    inside(|| {
        let mut arguments = std::env::args().skip(1);
        let (name, by) = (arguments.next(), arguments.next());
        let by: ImpairWith = by
            .context("no back end")?
            .parse()
            .map_err(anyhow::Error::msg)?;
        let scene = SCENES
            .iter()
            .find(|scene| Some(scene.name) == name.as_deref());
        let scene = scene.context("no such scene")?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let mut stage = Stage::raise(by, scene.tables).await?;
            let ended = (scene.run)(&mut stage).await;
            let told = stage.told().await;
            stage.strike().await?;
            ended.with_context(|| told)
        })
    })
}
