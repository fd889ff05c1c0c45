//! Each way to die, and the sum of them all.

mod scene;

use proptest::prelude::*;

use super::*;
use crate::capture::Direction::{In, Out};
use crate::capture::Role;
use scene::*;

/// Where probe `k`, the only lost one, died.
fn death(k: u32, seen: &[Seen]) -> (String, Place, String, Option<DropReason>) {
    death_among(&points(), k, seen)
}

/// The same with other places of capture.
fn death_among(
    points: &[CapturePoint],
    k: u32,
    seen: &[Seen],
) -> (String, Place, String, Option<DropReason>) {
    let (report, sent) = logs(|other| other == k, |_| false);
    let attribution = Attribution::new(&report, &sent, &path(), &devices(), points, seen);
    let [death] = &attribution.deaths[..] else {
        panic!("{:?}", attribution.deaths)
    };
    assert_eq!(
        (death.count, death.first, death.last),
        (1, Sequence(k), Sequence(k))
    );
    (
        death.node.to_string(),
        death.place,
        death.reason.clone(),
        death.drop,
    )
}

fn expect(k: u32, seen: &[Seen], node: &str, place: Place, reason: &str, drop: Option<DropReason>) {
    assert_eq!(
        death(k, seen),
        (node.to_owned(), place, reason.to_owned(), drop)
    );
}

#[test]
fn a_local_entry_points_back_at_the_port_of_the_sender() {
    let seen = [
        seen(1010, 0, CLIENT, Out, None),
        seen(1010, 1, PORT_A, In, None),
    ];
    let reason =
        "entry local port1: the local entry points back at the port it came in on, receiver gone";
    expect(
        1010,
        &seen,
        "ed-a",
        Place::EdgeDevice,
        reason,
        Some(DropReason::LocalSamePort),
    );
}

#[test]
fn the_old_device_sends_into_the_site_that_the_vm_has_left() {
    // From another site: client, ed-c as the sender's device, ed-a by a stale remote entry.
    let seen = [
        seen(1010, 0, CLIENT, Out, None),
        seen(1010, 1, PORT_C, In, None),
        seen(1010, 2, UPLINK_C, Out, Some((3, 1))),
        seen(1010, 3, UPLINK_A, In, Some((3, 1))),
        seen(1010, 4, PORT_A, Out, None),
    ];
    let reason = "sent out of port1 of ed-a by entry local port1, receiver gone";
    expect(1010, &seen, "site-a", Place::Site, reason, None);
    let reason = "entry local port1, yet it was not forwarded, receiver gone";
    expect(1010, &seen[..4], "ed-a", Place::EdgeDevice, reason, None);
    let reason = "sent by ed-c to ed-a, did not arrive there";
    expect(1010, &seen[..3], "wan", Place::Underlay, reason, None);
    let reason = "entry remote evi-link1, yet it was not forwarded";
    expect(1010, &seen[..2], "ed-c", Place::EdgeDevice, reason, None);
    let reason = "left its host, reached neither receiver nor edge device";
    expect(1010, &seen[..1], "site-a", Place::Site, reason, None);
    expect(
        1010,
        &[],
        "client",
        Place::SenderHost,
        "never left its host",
        None,
    );
}

#[test]
fn a_local_entry_whose_port_went_with_the_vm_leads_to_a_port_that_is_gone() {
    let seen = [
        seen(1010, 0, UPLINK_B, Out, Some((2, 1))),
        seen(1010, 1, UPLINK_A, In, Some((2, 1))),
    ];
    let mut points = points();
    points.retain(|point| *point.node != *"ed-a" || point.role == Role::Uplink);
    let reason = "entry local port1: the site port is down or gone, receiver gone";
    let (node, place, why, drop) = death_among(&points, 1010, &seen);
    assert_eq!((&*node, place, &*why), ("ed-a", Place::EdgeDevice, reason));
    assert_eq!(drop, Some(DropReason::PortDown));
}

#[test]
fn r9_a_flood_entry_drops_what_comes_from_the_public_side() {
    let seen = [
        seen(1100, 0, UPLINK_B, Out, Some((2, 1))),
        seen(1100, 1, UPLINK_A, In, Some((2, 1))),
    ];
    let reason = "entry flood: flood entry, but it came from the public side";
    expect(
        1100,
        &seen,
        "ed-a",
        Place::EdgeDevice,
        reason,
        Some(DropReason::FloodFromPublic),
    );
}

#[test]
fn an_entry_that_changed_just_after_the_capture_decides() {
    // Stamped at 1039 ms plus 990 us under a local entry; at 1040 ms the entry is flood.
    let seen = [seen(1039, 99, UPLINK_A, In, Some((2, 1)))];
    assert_eq!(death(1039, &seen).3, Some(DropReason::FloodFromPublic));
}

#[test]
fn a_frame_that_left_just_after_the_entry_changed_left_by_the_entry_before() {
    // Sent at 1045 ms; since 1040 ms the entry is flood, which sends nothing into the site.
    let seen = [
        seen(1045, 0, UPLINK_A, In, Some((2, 1))),
        seen(1045, 1, PORT_A, Out, None),
    ];
    let reason = "sent out of port1 of ed-a by entry local port1, receiver gone";
    expect(1045, &seen, "site-a", Place::Site, reason, None);
}

#[test]
fn of_flood_copies_the_one_to_the_holder_counts() {
    let copies = [
        seen(1100, 0, PORT_A, In, None),
        seen(1100, 1, UPLINK_A, Out, Some((1, 2))),
        seen(1100, 2, UPLINK_A, Out, Some((1, 3))),
        seen(1100, 3, UPLINK_B, In, Some((1, 2))),
        seen(1100, 5, UPLINK_C, In, Some((1, 3))),
        seen(1100, 6, PORT_C, Out, None),
        seen(1100, 7, VM, In, None),
    ];
    let reason = "reached its host's link, not its socket";
    expect(1100, &copies, "vm1", Place::ReceiverHost, reason, None);
    let reason = "sent out of port1 of ed-c by entry local port1, lost in the site";
    expect(1100, &copies[..6], "site-c", Place::Site, reason, None);
    let reason = "sent by ed-a to ed-c, did not arrive there"; // though the copy to ed-b came farther
    expect(1100, &copies[..4], "wan", Place::Underlay, reason, None);
    let no_copy_to_holder = [copies[0], copies[1], copies[3]];
    let reason = "entry flood: flood entry, but it came from the public side";
    let drop = Some(DropReason::FloodFromPublic);
    expect(
        1100,
        &no_copy_to_holder,
        "ed-b",
        Place::EdgeDevice,
        reason,
        drop,
    );
}

#[test]
fn a_link_that_is_not_up_yet_and_a_table_without_the_vm_are_told() {
    let early = [seen(1020, 0, PORT_C, Out, None)];
    let reason = "sent out of port1 of ed-c by entry remote evi-link1, receiver's link not up yet";
    expect(1020, &early, "site-c", Place::Site, reason, None);
    let unknown = FlowPath {
        entries: [("ed-a".into(), history(None, &[]))].into(),
        ..path()
    };
    let (report, sent) = logs(|k| k == 1100, |_| false);
    let seen = [seen(1100, 0, PORT_A, In, None)];
    let attribution = Attribution::new(&report, &sent, &unknown, &devices(), &points(), &seen);
    assert_eq!(attribution.deaths[0].drop, Some(DropReason::UnknownUnicast));
}

#[test]
fn a_moved_sender_loses_on_its_own_link() {
    let away = Away {
        from: ms(1000),
        until: ms(1030),
    };
    let path = FlowPath {
        sender_away: Some(away),
        ..path()
    };
    let (report, sent) = logs(|k| (1000..1032).contains(&k), |k| (1000..1010).contains(&k));
    let attribution = Attribution::new(&report, &sent, &path, &devices(), &points(), &[]);
    let told: Vec<_> = attribution
        .deaths
        .iter()
        .map(|death| (death.count, death.reason.as_str()))
        .collect();
    let expected = [
        (20, "the host's own link was down: it was being moved"),
        (10, "the host's kernel refused it (errno 101)"),
        (2, "never left its host"),
    ];
    assert_eq!(told, expected);
    let uncaptured = Attribution::new(&report, &sent, &path, &devices(), &points()[1..], &[]);
    assert_eq!(uncaptured.deaths[2].place, Place::Unobserved);
}

proptest! {
    #[test]
    fn deaths_add_up_to_the_losses(
        lost in prop::collection::btree_set(0..1500_u32, 0..60),
        sightings in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..300_u64, 0..9_u16, any::<bool>(), prop::option::of((0..5_u8, 0..5_u8))),
            0..200,
        ),
        missed in 0..3_u64,
    ) {
        let (report, sent) = logs(|k| lost.contains(&k), |k| k % 7 == 0);
        let numbers: Vec<_> = lost.iter().copied().chain([3]).collect();
        let sightings: Vec<_> = sightings
            .into_iter()
            .map(|(k, step, point, out, tunnel)| {
                seen(*k.get(&numbers), step, point, if out { Out } else { In }, tunnel)
            })
            .collect();
        let mut points = points();
        points[0].missed = missed;
        let attribution =
            Attribution::new(&report, &sent, &path(), &devices(), &points, &sightings);
        prop_assert_eq!(attribution.lost, report.lost);
        prop_assert_eq!(attribution.lost, lost.len() as u64);
        prop_assert_eq!(attribution.deaths.iter().map(|death| death.count).sum::<u64>(), report.lost);
        prop_assert_eq!(attribution.missed, missed);
        for death in &attribution.deaths {
            prop_assert!(death.count > 0 && death.first <= death.last);
        }
    }
}
