//! More stations in a site than the 256 fragments of an IS-IS system hold.

use crate::sim;

use std::collections::BTreeSet;
use std::time::Duration;

use edge_api::TimerProfile;
use sim::frames::{mac, numbered};
use sim::{A, B, Setup, Sim, system};
use wire::MacAddr;

/// 256 fragments of 234 MACs, with room for a digest, are 59,904.
const STATIONS: u32 = 61_000;

#[test]
fn a_site_with_too_many_stations_says_overload_and_goes_on() {
    let mut sim = Sim::new(&Setup {
        mac_limit: 100_000,
        mac_ageing: Duration::from_secs(10_000),
        profile: TimerProfile::Cisco,
        ..Setup::devices(2)
    });
    for number in 0..STATIONS {
        let [_, a, b, c] = number.to_be_bytes();
        let station = MacAddr::new([2, 0, 1, a, b, c]);
        sim.site_frame(A, 0, &numbered(station, mac(1), 0));
        sim.events.clear();
    }
    sim.run(Duration::from_secs(60));
    let lsps = sim.devices[B].lsdb();
    let of_a: Vec<_> = lsps
        .iter()
        .filter(|row| row.lsp_id.system == system(A))
        .collect();
    assert_eq!(of_a.len(), 256);
    let overloaded = of_a.iter().filter(|row| row.overloaded);
    assert!(overloaded.map(|row| row.lsp_id.fragment).eq([0]));
    let listed: BTreeSet<_> = of_a.iter().flat_map(|row| &row.macs).collect();
    assert!((59_000..60_000).contains(&listed.len()), "{}", listed.len());
    assert_eq!(sim.devices[B].mac_table().entries.len(), listed.len());
    // The device itself knows them all, and no other one says that it is overloaded.
    assert!(sim.devices[A].mac_table().entries.len() >= 61_000);
    assert!(
        lsps.iter()
            .all(|row| !row.overloaded || row.lsp_id.system == system(A))
    );
}
