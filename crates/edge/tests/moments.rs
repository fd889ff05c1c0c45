//! The pictures of the mechanism as tables: before the move, announced, published.

use crate::sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, Cause, Epoch, EventKind, Mode, Trigger};
use sim::{A, B, C, HostId, Kind, ONE_WAY, PUBLICATION, Setup, Sim};

/// The VM at A, everything published; a client at each site.
fn before_the_move(setup: &Setup) -> (Sim, HostId, [HostId; 3]) {
    let mut sim = Sim::new(setup);
    let vm = sim.host(A, 0);
    let clients = [A, B, C].map(|ed| sim.host(ed, 1));
    sim.announce(vm);
    for client in clients {
        sim.talk(client, vm);
    }
    sim.run(Duration::from_secs(40));
    sim.forget();
    (sim, vm, clients)
}

fn two_ports(mode: Mode) -> Setup {
    Setup {
        ports: vec![sim::VLAN, sim::VLAN],
        ..Setup::mode(mode)
    }
}

fn epochs(sim: &Sim, host: HostId) -> [Epoch; 3] {
    [A, B, C].map(|ed| sim.row(ed, host).expect("an entry").epoch)
}

/// Frames of each client to the VM: how many of the three reach it.
fn reach(sim: &mut Sim, vm: HostId, clients: [HostId; 3]) -> [usize; 3] {
    let numbers = clients.map(|client| sim.talk(client, vm));
    sim.run(ONE_WAY * 2);
    numbers.map(|number| sim.received(vm, number))
}

#[test]
fn r_1_to_r_11_the_three_moments_of_garp_flood() {
    let (mut sim, vm, clients) = before_the_move(&two_ports(Mode::GarpFlood));
    assert_eq!(
        sim.entries(vm),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
    assert_eq!(reach(&mut sim, vm, clients), [1, 1, 1]);
    let before = epochs(&sim, vm);

    sim.go(vm, C);
    sim.run(ONE_WAY);
    assert_eq!(
        sim.entries(vm),
        ["flood", "flood", "local port1"],
        "R-1, R-5"
    );
    let announced = epochs(&sim, vm);
    assert!(before.iter().zip(announced).all(|(old, new)| *old < new));
    sim.forget();
    assert_eq!(reach(&mut sim, vm, clients), [1, 1, 1], "R-7, R-8");
    assert_eq!(sim.data_copies(A, B).len(), 1, "R-6: on every link");
    assert_eq!(sim.data_copies(A, C).len(), 1);

    sim.run(PUBLICATION * 2);
    assert_eq!(
        sim.entries(vm),
        ["remote evi-c", "remote evi-c", "local port1"],
        "R-10"
    );
    let published = epochs(&sim, vm);
    assert!(announced[A] < published[A] && announced[B] < published[B]);
    assert_eq!(announced[C], published[C]);
    sim.forget();
    assert_eq!(reach(&mut sim, vm, clients), [1, 1, 1], "R-11");
    assert_eq!(sim.data_copies(A, B).len(), 0, "one copy only");
    assert_eq!(sim.data_copies(A, C).len(), 1);
    assert_eq!(sim.listed_by(B, vm), [C], "ED-A has withdrawn it");
}

#[test]
fn the_three_moments_of_igp_only_which_loses_until_the_publication() {
    let (mut sim, vm, clients) = before_the_move(&two_ports(Mode::IgpOnly));
    assert_eq!(
        sim.entries(vm),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
    let before = epochs(&sim, vm);

    sim.go(vm, C);
    sim.run(ONE_WAY);
    assert_eq!(
        sim.entries(vm),
        ["local port1", "remote evi-a", "local port1"]
    );
    let heard: usize = [A, B].iter().map(|ed| sim.outcomes(*ed).len()).sum();
    assert_eq!(sim.outcomes(A), [AnnouncementOutcome::ModeIgnores]);
    assert_eq!(heard, 2);
    let others = sim.delivered.iter().filter(|d| d.host != vm).count();
    assert_eq!(
        others, 3,
        "passed on as the broadcast that it is: {clients:?}"
    );
    assert_eq!(
        reach(&mut sim, vm, clients),
        [0, 0, 1],
        "lost until published"
    );

    sim.run(PUBLICATION * 2);
    assert_eq!(
        sim.entries(vm),
        ["remote evi-c", "remote evi-c", "local port1"]
    );
    assert!(
        before
            .iter()
            .zip(epochs(&sim, vm))
            .all(|(old, new)| *old < new)
    );
    assert_eq!(reach(&mut sim, vm, clients), [1, 1, 1]);
    assert_eq!(
        sim.picked(C, |e| matches!(e, EventKind::AnnouncementSent { .. })
            .then_some(())),
        []
    );
}

fn triggers(sim: &Sim, ed: usize) -> Vec<(Trigger, bool, usize)> {
    sim.picked(ed, |event| match event {
        EventKind::AnnouncementSent {
            trigger, ip, links, ..
        } => Some((*trigger, ip.is_some(), *links)),
        _ => None,
    })
}

/// R-3, then R-4 and D-4: the VM's own gratuitous ARP soon after is a repeat, heard as such.
#[test]
fn r_3_a_silent_vm_is_announced_by_its_first_frame_and_its_own_announcement_is_a_repeat() {
    let (mut sim, vm, clients) = before_the_move(&two_ports(Mode::GarpFlood));
    sim.move_host(vm, C);
    sim.talk(vm, clients[B]);
    sim.run(ONE_WAY);
    // The address is known from the announcement that the VM made when it started.
    assert_eq!(triggers(&sim, C), [(Trigger::LocalOverride, true, 2)]);
    assert_eq!(sim.outcomes(B), [AnnouncementOutcome::FloodInstalled]);
    let epoch = sim.devices[B].epoch();
    sim.announce(vm);
    sim.run(ONE_WAY);
    assert_eq!(
        triggers(&sim, C)[1..],
        [(Trigger::StationAnnouncement, true, 2)]
    );
    let once_each = [
        AnnouncementOutcome::FloodInstalled,
        AnnouncementOutcome::Repeated,
    ];
    assert_eq!(sim.outcomes(A), once_each);
    assert_eq!(sim.outcomes(B), once_each);
    assert_eq!(
        sim.devices[B].epoch(),
        epoch,
        "D-4: heard twice, installed once"
    );
}

/// do not announce one frame twice.
#[test]
fn r_4_a_vm_that_announces_itself_is_announced_once() {
    let (mut sim, vm, _) = before_the_move(&two_ports(Mode::GarpFlood));
    sim.go(vm, C);
    sim.run(ONE_WAY);
    assert_eq!(triggers(&sim, C), [(Trigger::StationAnnouncement, true, 2)]);
    assert_eq!(
        sim.copies
            .iter()
            .filter(|c| c.kind == Kind::Announcement)
            .count(),
        2
    );
}

/// D-9: into every site as a broadcast, whoever made it; never to the station itself.
#[test]
fn d_9_an_announcement_reaches_the_switches_of_every_site() {
    for silent in [false, true] {
        let (mut sim, vm, clients) = before_the_move(&two_ports(Mode::GarpFlood));
        sim.move_host(vm, C);
        match silent {
            true => drop(sim.talk(vm, vm)),
            false => drop(sim.announce(vm)),
        }
        sim.run(ONE_WAY * 4);
        let heard = |host| sim.delivered.iter().filter(|d| d.host == host).count();
        assert_eq!(clients.map(heard), [1, 1, 1], "silent: {silent}");
        assert_eq!(heard(vm), 0);
        let back = |c: &&sim::Copy| c.kind == Kind::Announcement && c.from != C;
        assert_eq!(
            sim.copies.iter().filter(back).count(),
            0,
            "never back to the public side"
        );
    }
}

/// The order of cause: even an IGP that is not throttled speaks after the announcement.
#[test]
fn the_announcement_leaves_before_the_lsp() {
    let setup = Setup {
        profile: edge_api::TimerProfile::Immediate,
        ..two_ports(Mode::GarpFlood)
    };
    let (mut sim, vm, _) = before_the_move(&setup);
    sim.go(vm, C);
    sim.run(ONE_WAY * 4);
    let order = sim.picked(C, |event| match event {
        EventKind::MacEntry { cause, .. } => Some(format!("{cause:?}")),
        EventKind::AnnouncementSent { .. } => Some("announced".to_owned()),
        EventKind::LspOriginated { .. } => Some("originated".to_owned()),
        EventKind::LspSent { link, .. } => Some(format!("sent on {link}")),
        _ => None,
    });
    let wanted = [
        "Learned",
        "announced",
        "originated",
        "sent on evi-a",
        "sent on evi-b",
    ];
    assert_eq!(order[..5], wanted);
    assert_eq!(sim.causes(B), [Cause::Announced, Cause::Published]);
}

/// D-2: the old device takes the MAC out of its LSP without waiting for the new one's.
#[test]
fn d_2_the_old_device_withdraws_as_soon_as_its_local_entry_is_overridden() {
    let (mut sim, vm, _) = before_the_move(&two_ports(Mode::GarpFlood));
    sim.path(C, A).control_delay = Duration::from_secs(3600);
    sim.path(C, B).control_delay = Duration::from_secs(3600);
    sim.go(vm, C);
    sim.run(ONE_WAY + PUBLICATION + ONE_WAY);
    assert_eq!(sim.listed_by(B, vm), []);
    assert_eq!(
        sim.entry(B, vm),
        "flood",
        "a withdrawal does not end a flood entry"
    );
}
