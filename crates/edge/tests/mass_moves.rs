//! A host fails, or is emptied: a thousand VMs move at once.

use crate::sim;

use std::collections::BTreeMap;
use std::time::Duration;

use edge_api::{EventKind, Mode, Trigger};
use sim::frames::{mac, numbered};
use sim::{A, B, C, Ed, ONE_WAY, PUBLICATION, Setup, Sim, ms};
use wire::{MacAddr, VlanId, arp};

const VMS: u16 = 1000;
/// MACs that fit into a fragment of 1492 bytes.
const PER_FRAGMENT: usize = 237;

fn vm(number: u16) -> MacAddr {
    let [high, low] = number.to_be_bytes();
    MacAddr::new([2, 0, 0, 1, high, low])
}

/// What the VMs say on arrival.
#[derive(Clone, Copy)]
enum Says {
    GratuitousArp,
    /// Nothing of themselves: their next frame tells.
    Nothing,
}

fn arrive(sim: &mut Sim, ed: Ed, says: Says) {
    for number in 0..VMS {
        let [high, low] = number.to_be_bytes();
        let frame = match says {
            Says::GratuitousArp => {
                arp::encode_gratuitous_request(vm(number), [10, 1, high, low].into()).to_vec()
            }
            Says::Nothing => numbered(vm(number), mac(9), 0),
        };
        sim.site_frame(ed, 0, &frame);
    }
}

/// All VMs at ED-A, and everybody knows.
fn settled(mode: Mode) -> Sim {
    let setup = Setup {
        mac_limit: 4 * usize::from(VMS),
        repeats: 3,
        dampening_moves: 5,
        ..Setup::mode(mode)
    };
    let mut sim = Sim::new(&setup);
    arrive(&mut sim, A, Says::GratuitousArp);
    sim.run(Duration::from_secs(60));
    assert_eq!(entries(&sim, B), all("remote evi-a"));
    sim.forget();
    sim
}

/// How many VMs have which entry.
fn entries(sim: &Sim, ed: Ed) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    let rows = sim.devices[ed].mac_table().entries;
    for row in rows.iter().filter(|row| row.mac.octets()[3] == 1) {
        *count.entry(row.binding.to_string()).or_default() += 1;
    }
    count
}

fn all(entry: &str) -> BTreeMap<String, usize> {
    BTreeMap::from([(entry.to_owned(), usize::from(VMS))])
}

fn is_published(sim: &Sim) -> bool {
    [A, B]
        .iter()
        .all(|ed| entries(sim, *ed) == all("remote evi-c"))
}

/// Own LSPs that a device generated, purges included.
fn generated(sim: &Sim, ed: Ed) -> usize {
    let lsps = sim.picked(ed, |event| match event {
        EventKind::LspOriginated { .. } => Some(()),
        _ => None,
    });
    lsps.len()
}

fn announcements(sim: &Sim, trigger: Trigger) -> usize {
    let sent = sim.picked(C, |event| match event {
        EventKind::AnnouncementSent { trigger: t, .. } if *t == trigger => Some(()),
        _ => None,
    });
    sent.len()
}

/// A few fragments hold a thousand MACs, and each changes once.
fn check_lsps(sim: &Sim) {
    let most = usize::from(VMS).div_ceil(PER_FRAGMENT) + 1;
    let (old, new) = (generated(sim, A), generated(sim, C));
    println!("LSPs generated: {old} by the old device, {new} by the new one");
    assert!((1..=most).contains(&old), "{old} LSPs of the old device");
    assert!((1..=most).contains(&new), "{new} LSPs of the new device");
    assert_eq!(generated(sim, B), 0);
}

/// Nothing ran over.
fn check_bounds(sim: &Sim) {
    for device in &sim.devices {
        let counters = device.counters();
        assert_eq!((counters.events_lost, counters.repeats_full), (0, 0));
        assert_eq!(
            (counters.mac_table_full, counters.mac_table_evicted),
            (0, 0)
        );
        assert_eq!((counters.arp_tables_full, counters.dampening_full), (0, 0));
    }
}

/// How long until all devices point to the new site, and it has ended there: nothing of the flood is left.
fn settle_again(sim: &mut Sim) -> Duration {
    let took = sim.until(Duration::from_secs(30), is_published);
    sim.run(Duration::from_secs(60));
    assert!(is_published(sim));
    assert_eq!(entries(sim, C), all("local port1"));
    took
}

fn moves_at_once(says: Says, trigger: Trigger) {
    let mut sim = settled(Mode::GarpFlood);
    arrive(&mut sim, C, says);
    sim.run(ONE_WAY);
    for ed in [A, B] {
        assert_eq!(entries(&sim, ed), all("flood"), "one way after the moves");
    }
    let published = settle_again(&mut sim);
    println!("published {published:?} later");
    assert!(
        published > ms(1000),
        "then there would be nothing to bridge"
    );
    assert_eq!(announcements(&sim, trigger), usize::from(VMS));
    assert_eq!(announcements(&sim, Trigger::Repeat), 3 * usize::from(VMS));
    check_lsps(&sim);
    check_bounds(&sim);
}

#[test]
fn r_4_a_thousand_vms_that_announce_themselves_at_once() {
    moves_at_once(Says::GratuitousArp, Trigger::StationAnnouncement);
}

#[test]
fn r_3_a_thousand_silent_vms_at_once() {
    moves_at_once(Says::Nothing, Trigger::LocalOverride);
}

/// D-4: of the first announcements a third is lost, and the repeats make that good long before the IGP.
#[test]
fn d_4_a_thousand_vms_at_once_over_a_lossy_network() {
    let mut sim = settled(Mode::GarpFlood);
    for peer in [A, B] {
        sim.path(C, peer).loss = 330;
    }
    arrive(&mut sim, C, Says::GratuitousArp);
    sim.run(ONE_WAY);
    let right_at = |sim: &Sim, ed| entries(sim, ed).get("flood").copied().unwrap_or(0);
    let first = right_at(&sim, B);
    assert!((500..800).contains(&first), "{first}");
    sim.run(ms(750));
    let repeated = right_at(&sim, B);
    println!("right at the third site: {first} at once, {repeated} after the repeats");
    assert!(
        repeated > 970,
        "{repeated}: a third of a third of a third of a third is missing"
    );
    for peer in [A, B] {
        sim.path(C, peer).loss = 0;
    }
    settle_again(&mut sim);
    check_bounds(&sim);
}

/// The baseline: nobody is right before the IGP has published, and it publishes no later.
#[test]
fn the_baseline_of_a_thousand_moves_at_once() {
    let mut sim = settled(Mode::IgpOnly);
    arrive(&mut sim, C, Says::GratuitousArp);
    sim.run(PUBLICATION - ms(10));
    assert_eq!(entries(&sim, A), all("local port1"));
    assert_eq!(entries(&sim, B), all("remote evi-a"));
    let published = settle_again(&mut sim) + PUBLICATION - ms(10);
    println!("published {published:?} after the moves");
    assert!(
        sim.outcomes(A).len() >= usize::from(VMS),
        "heard, and ignored"
    );
    check_lsps(&sim);
    check_bounds(&sim);
}

/// What the moved VMs' LSPs say is what the devices believe, and nobody lists them twice.
#[test]
fn after_a_thousand_moves_one_device_lists_each_vm() {
    let mut sim = settled(Mode::GarpFlood);
    arrive(&mut sim, C, Says::GratuitousArp);
    settle_again(&mut sim);
    let vlan = VlanId::new(sim::VLAN).expect("a VLAN ID");
    for number in 0..VMS {
        let lists = |row: &edge_api::LspRow| row.macs.contains(&(vlan, vm(number)));
        let lsps = sim.devices[B].lsdb();
        let listing: Vec<_> = lsps.iter().filter(|row| lists(row)).collect();
        assert_eq!(listing.len(), 1, "{}", vm(number));
        assert_eq!(listing[0].lsp_id.system, sim::system(C));
    }
}
