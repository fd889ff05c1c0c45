//! A device ends and starts again with empty tables: in good order or by a crash.

use crate::sim;

use std::time::Duration;

use edge_api::{EventKind, Mode};
use sim::{A, B, C, Ed, Ending, HostId, ONE_WAY, PUBLICATION, Setup, Sim, ms, published};

const MINUTE: Duration = Duration::from_secs(60);
const ENDINGS: [Ending; 2] = [Ending::Orderly, Ending::Crash];

/// The sequence number of a device's fragment 0, as another one knows it.
fn sequence(sim: &Sim, ed: Ed, of: Ed) -> Option<u32> {
    let rows = sim.devices[ed].lsdb().into_iter();
    let mut own = rows.filter(|row| row.lsp_id.system == sim::system(of));
    own.next().map(|row| row.sequence)
}

fn went_down(sim: &Sim, ed: Ed) -> bool {
    let down = sim.picked(ed, |event| match event {
        EventKind::Adjacency { to, .. } => (*to != edge_api::AdjacencyState::Up).then_some(()),
        _ => None,
    });
    !down.is_empty()
}

/// What the device said before is not what it says now, and one word of its station is enough.
#[test]
fn a_restarted_device_takes_over_its_old_lsp_and_learns_its_stations_anew() {
    for ending in ENDINGS {
        let (mut sim, vm) = published(&Setup::default());
        let before = sequence(&sim, B, A);
        sim.restart(A, ending, Duration::from_secs(1));
        sim.run(MINUTE);
        assert_eq!(sim.entries(vm), ["-", "-", "-"], "{ending:?}");
        assert!(sequence(&sim, B, A) > before, "{ending:?}");
        sim.talk(vm, vm);
        sim.run(MINUTE);
        let truth = sim.check_truth().and_then(|()| sim.check_way());
        assert_eq!(truth, Ok(()), "{ending:?}");
    }
}

/// Who leaves in good order is missed at once, who crashes when the hold time is over.
#[test]
fn an_orderly_end_is_heard_at_once_and_a_crash_by_its_silence() {
    for (ending, heard) in ENDINGS.into_iter().zip([true, false]) {
        let (mut sim, vm) = published(&Setup::default());
        sim.power_off(A, ending);
        sim.run(ONE_WAY);
        assert_eq!(went_down(&sim, B), heard, "{ending:?}");
        let entry = if heard { "-" } else { "remote evi-a" };
        assert_eq!(sim.entry(B, vm), entry, "{ending:?}");
        sim.run(MINUTE);
        assert_eq!(sim.entry(B, vm), "-", "{ending:?}");
    }
}

/// What a device has sent still arrives when it is a new one already: an old announcement does no harm.
#[test]
fn d_5_frames_of_the_old_device_arrive_when_the_new_one_runs() {
    for mode in Mode::ALL {
        let (mut sim, vm) = published(&Setup::mode(*mode));
        for to in [A, B] {
            sim.path(C, to).announcement_delay = Duration::from_secs(15);
            sim.path(C, to).control_delay = Duration::from_secs(1);
        }
        sim.go(vm, C);
        sim.run(PUBLICATION);
        sim.restart(C, Ending::Crash, ms(1));
        sim.move_host(vm, A);
        sim.talk(vm, vm);
        sim.run(MINUTE);
        sim.talk(vm, vm);
        sim.run(MINUTE);
        assert_eq!(sim.check_truth(), Ok(()), "{mode}");
    }
}

/// The VM has moved while the new site's device was down: that device does not know that it has arrived.
#[test]
fn r_1_a_station_that_came_while_the_device_was_down_is_learned_by_one_word() {
    for mode in Mode::ALL {
        for ending in ENDINGS {
            let (mut sim, vm) = published(&Setup::mode(*mode));
            sim.power_off(C, ending);
            sim.move_host(vm, C);
            sim.run(MINUTE);
            assert_eq!(sim.entry(A, vm), "local port1");
            sim.power_on(C);
            sim.talk(vm, vm);
            sim.run(MINUTE);
            sim.talk(vm, vm);
            sim.run(MINUTE);
            assert_eq!(sim.check_truth(), Ok(()), "{mode} {ending:?}");
        }
    }
}

/// Stamps: the old device's were no greater than the wall clock, so that the new one's are newer.
#[test]
fn d_5_a_restarted_device_is_not_outrun_by_its_own_past() {
    let (mut sim, vm) = published(&Setup::default());
    let other: HostId = sim.host(C, 0);
    sim.go(vm, C);
    sim.run(MINUTE);
    sim.restart(C, Ending::Crash, ms(10));
    sim.go(vm, A);
    sim.run(MINUTE);
    sim.go(vm, C);
    sim.run(ONE_WAY);
    assert_eq!(sim.entries(vm), ["flood", "flood", "local port1"]);
    sim.talk(other, vm);
    sim.run(MINUTE);
    assert_eq!(sim.check_truth(), Ok(()));
}
