//! A full MAC table: who gives way, and what comes back.

use crate::sim;

use std::time::Duration;

use edge::EdgeDevice;
use edge_api::Cause;
use sim::frames::{mac, numbered};
use sim::{A, B, C, Ed, HostId, Setup, Sim};
use wire::MacAddr;

const LIMIT: usize = 60;

fn flood_site(sim: &mut Sim, ed: Ed) {
    for number in 0..1000_u16 {
        let [high, low] = number.to_be_bytes();
        let made_up = MacAddr::new([2, 0, 0, 7, high, low]);
        sim.site_frame(ed, 0, &numbered(made_up, mac(1), 0));
    }
}

fn announced(sim: &mut Sim, ed: Ed) -> HostId {
    let host = sim.host(ed, 0);
    sim.announce(host);
    sim.run(Duration::from_secs(20));
    host
}

/// D-6: neither here, nor at the other devices, which hear of the made-up MACs by the IGP.
#[test]
fn d_6_a_site_that_floods_macs_pushes_out_nobody_elses() {
    let mut sim = Sim::new(&Setup {
        mac_limit: LIMIT,
        ..Setup::default()
    });
    let before = [A, B, C].map(|ed| announced(&mut sim, ed));
    flood_site(&mut sim, A);
    sim.run(Duration::from_secs(20));
    for (host, entries) in before.into_iter().zip([
        ["local port1", "remote evi-a", "remote evi-a"],
        ["remote evi-b", "local port1", "remote evi-b"],
        ["remote evi-c", "remote evi-c", "local port1"],
    ]) {
        assert_eq!(sim.entries(host), entries);
    }
    // Newcomers of the other sites have their room, everywhere; the flooded site's have none.
    let after = [B, C].map(|ed| announced(&mut sim, ed));
    assert_eq!(
        sim.entries(after[0]),
        ["remote evi-b", "local port1", "remote evi-b"]
    );
    assert_eq!(
        sim.entries(after[1]),
        ["remote evi-c", "remote evi-c", "local port1"]
    );
    let newcomer = announced(&mut sim, A);
    assert_eq!(sim.entry(A, newcomer), "-");
    for ed in [A, B, C] {
        let counters = sim.devices[ed].counters();
        assert_eq!(sim.devices[ed].mac_table().entries.len(), LIMIT);
        assert!(counters.mac_table_full > 0 && counters.mac_table_evicted > 0);
        assert!(sim.causes(ed).contains(&Cause::Evicted));
    }
}

#[test]
fn what_the_igp_lists_and_found_no_room_is_taken_in_when_a_frame_asks_for_it() {
    let mut sim = Sim::new(&Setup {
        mac_limit: 2,
        ..Setup::default()
    });
    // ED-C, as small, has to have room for its own station: it does not hear of ED-B's.
    sim.between(B, C, |path| path.cut = true);
    sim.run(Duration::from_secs(60));
    let [here, _, there] = [A, B, C].map(|ed| announced(&mut sim, ed));
    assert_eq!(sim.entry(A, there), "-");
    let number = sim.talk(here, there);
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.received(there, number), 0, "unknown unicast");
    sim.drive(B, EdgeDevice::shutdown);
    sim.run(Duration::from_secs(1));
    let number = sim.talk(here, there);
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.entry(A, there), "remote evi-c");
    assert_eq!(sim.received(there, number), 1);
}
