//! IS-IS over a router in the middle: devices that are no neighbours find each other.

use crate::routed;
use crate::sim;

use std::time::Duration;

use edge::{EthernetCircuitId, Verdict};
use edge_api::{AdjacencyState, AnnouncementOutcome, Cause, DropReason, EventKind};
use routed::{ROUTER, RoutedCore, VM};
use sim::{A, B, C, Setup, frames, ms, system};
use wire::{FrameRef, llc};

const MINUTE: Duration = Duration::from_secs(60);

/// A VM at ED-A that everybody knows of.
fn published() -> RoutedCore {
    let mut core = RoutedCore::new(&Setup::default());
    core.announce(A);
    core.run(MINUTE);
    assert_eq!(
        entries(&core),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
    core.events.clear();
    core.copies.clear();
    core.delivered.clear();
    core
}

fn entries(core: &RoutedCore) -> Vec<String> {
    (0..core.devices.len()).map(|ed| core.entry(ed)).collect()
}

fn outcomes(core: &RoutedCore, ed: usize) -> Vec<AnnouncementOutcome> {
    let own = core.events.iter().filter(|(at, _)| *at == ed);
    let heard = own.filter_map(|(_, event)| match event.kind {
        EventKind::AnnouncementHeard { outcome, .. } => Some(outcome),
        _ => None,
    });
    heard.collect()
}

/// the router floods what ED-A lists; traffic leaves on the EVI link to it, once.
#[test]
fn r_10_a_device_behind_a_router_is_reached_by_the_evi_link_to_its_address() {
    let mut core = published();
    let rows = core.devices[B].as_ref().map(edge::EdgeDevice::adjacencies);
    let rows: Vec<_> = rows.into_iter().flatten().collect();
    let told: Vec<_> = rows
        .iter()
        .map(|r| (&*r.link, r.neighbour, r.state))
        .collect();
    let up = AdjacencyState::Up;
    assert_eq!(
        told,
        [
            ("evi-a", Some(system(A)), up),
            ("evi-c", Some(system(C)), up),
            ("core1", Some(ROUTER), up),
        ]
    );
    let frame = frames::numbered(frames::mac(2), VM, 7);
    let sent = core.site_frame(B, &frame);
    assert_eq!(sent, Verdict::Forwarded { site: 0, public: 1 });
    core.run(ms(50));
    assert_eq!(core.copies, [(B, A)]);
    let got: Vec<_> = core
        .delivered
        .iter()
        .filter_map(|(ed, b)| frames::number(b).map(|n| (*ed, n)))
        .collect();
    assert_eq!(got, [(A, 7)]);
}

/// The LSP of a device that has died stays for 20 minutes; its entries go with the router's adjacency.
#[test]
fn entries_go_when_the_graph_leads_to_their_device_no_more_and_come_back_with_it() {
    let mut core = published();
    core.unplugged.insert(A);
    core.run(MINUTE);
    assert_eq!(entries(&core), ["local port1", "-", "-"]);
    assert_eq!(core.causes(B), [Cause::AdjacencyChanged]);
    core.unplugged.clear();
    core.run(MINUTE);
    assert_eq!(
        entries(&core),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
}

/// A device that starts again has the same system ID and no memory.
#[test]
fn a_device_that_restarts_is_found_again_and_its_old_macs_are_gone() {
    let mut core = published();
    core.start(A);
    core.run(MINUTE);
    assert_eq!(
        entries(&core),
        ["-", "-", "-"],
        "its LSP from before is overtaken"
    );
    core.announce(A);
    core.run(MINUTE);
    assert_eq!(
        entries(&core),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
}

#[test]
fn an_orderly_shutdown_takes_the_entries_at_once() {
    let mut core = published();
    core.drive(A, |d, now, out| d.shutdown(now, out));
    core.run(ms(100));
    assert_eq!([core.entry(B), core.entry(C)], ["-", "-"]);
    assert_eq!(core.causes(B), [Cause::Withdrawn]);
}

/// The rule for links with IS-IS of their own: a broken tunnel is not used because of a detour.
#[test]
fn a_link_with_is_is_of_its_own_needs_its_own_adjacency() {
    let on_link = |ed, config: &mut edge_api::EdgeConfig| {
        let between = |name: &str| matches!((ed, name), (A, "evi-b") | (B, "evi-a"));
        let mut links = config.evi_links.iter_mut();
        if let Some(link) = links.find(|link| between(&link.name)) {
            link.isis = true;
        }
    };
    let mut core = RoutedCore::with(&Setup::default(), on_link);
    core.announce(A);
    core.run(MINUTE);
    assert_eq!(core.entry(B), "remote evi-a");
    core.deaf.insert(B);
    core.run(MINUTE);
    assert_eq!(entries(&core), ["local port1", "-", "remote evi-a"]);
}

/// the announcement goes by the EVI links, the publication by the router.
#[test]
fn r_5_a_move_floods_until_the_router_has_brought_the_publication() {
    let mut core = published();
    core.announce(C);
    core.run(ms(20));
    assert_eq!(entries(&core), ["flood", "flood", "local port1"]);
    core.run(MINUTE);
    assert_eq!(
        entries(&core),
        ["remote evi-c", "remote evi-c", "local port1"]
    );
    assert_eq!(core.causes(B), [Cause::Announced, Cause::Published]);
}

/// D-1: the first announcement is lost, the publication arrives, and the VM announces itself again.
#[test]
fn d_1_an_announcement_after_the_publication_installs_nothing() {
    let mut core = published();
    core.deaf.insert(B);
    core.announce(C);
    core.run(MINUTE);
    core.deaf.clear();
    assert_eq!(core.entry(B), "remote evi-c");
    core.announce(C);
    core.run(MINUTE);
    assert_eq!(outcomes(&core, B), [AnnouncementOutcome::AlreadyPublished]);
    assert_eq!(core.entry(B), "remote evi-c");
}

/// D-2: ED-A publishes a stay that is over, late, because its way to the router is slow. The
/// announcement heard on the EVI link to ED-A dates it: no IS-IS runs there.
#[test]
fn d_2_a_late_publication_is_dated_by_the_announcement_on_the_link_without_is_is() {
    let mut core = RoutedCore::new(&Setup::default());
    core.slow.insert(A, Duration::from_secs(5));
    core.announce(A);
    core.run(ms(2500));
    core.announce(C);
    core.run(MINUTE / 4);
    assert_eq!(core.entry(B), "remote evi-c");
    let told = [Cause::Announced, Cause::Announced, Cause::Published];
    assert_eq!(core.causes(B), told, "ED-A's publication overrode nothing");
}

/// A circuit carries IS-IS alone: what else comes in is counted and goes nowhere.
#[test]
fn a_frame_that_is_no_is_is_is_dropped_by_name() {
    let mut core = published();
    let plain = frames::numbered(frames::mac(9), frames::mac(1), 1);
    let bpdu = [&plain[..12], &[0, 3, 0x42, 0x42, 3], &[0; 43]].concat();
    let hello = llc::encode_osi_frame(llc::ALL_ISS, frames::mac(9), &[0x83]);
    let tagged = frames::tagged(&hello.expect("it is short"), 100);
    for bytes in [&plain, &bpdu, &tagged] {
        let frame = FrameRef::parse(bytes).expect("a whole frame");
        let verdict = core.drive(B, |d, now, out| {
            d.handle_circuit_frame(now, EthernetCircuitId(0), frame, out)
        });
        assert_eq!(verdict, Verdict::Dropped(DropReason::NotIsis));
    }
    let counters = core.devices[B].as_ref().map(edge::EdgeDevice::counters);
    let rows = counters.into_iter().flat_map(|c| c.interfaces);
    let dropped: Vec<_> = rows
        .filter(|row| &*row.name == "core1")
        .flat_map(|row| row.drops)
        .collect();
    let told: Vec<_> = dropped.iter().map(|d| (d.reason, d.count)).collect();
    assert_eq!(told, [(DropReason::NotIsis, 3)]);
    assert!(core.delivered.is_empty() && core.copies.is_empty());
    assert_eq!(core.entry(B), "remote evi-a", "nothing was learned either");
}
