//! One test a verb of the table.

use wire::{MacAddr, VlanId};

use super::*;
use crate::PortId;

const AGEING: Duration = Duration::from_secs(300);
const PORT: Target = Target::Local(PortId(0));

const fn at(seconds: u64) -> Timestamp {
    Timestamp::from_nanos(seconds * 1_000_000_000)
}

fn key(last: u8) -> MacKey {
    MacKey::new(
        VlanId::new(100).unwrap(),
        MacAddr::new([2, 0, 0, 0, 0, last]),
    )
}

#[test]
fn a_key_gives_back_vlan_and_mac() {
    let vlan = VlanId::new(4094).unwrap();
    let mac = MacAddr::new([0xfe, 1, 2, 3, 4, 5]);
    let key = MacKey::new(vlan, mac);
    assert_eq!((key.vlan(), key.mac()), (vlan, mac));
    assert_ne!(key, MacKey::new(VlanId::new(1).unwrap(), mac));
}

#[test]
fn every_change_takes_a_new_epoch_and_no_change_takes_none() {
    let mut table = MacTable::new(AGEING, 10);
    assert!(matches!(
        table.set(at(1), key(1), Some(PORT)),
        SetOutcome::Changed(_)
    ));
    assert!(matches!(
        table.set(at(2), key(1), Some(PORT)),
        SetOutcome::Same
    ));
    let remote = Target::Remote(LinkId(0));
    let SetOutcome::Changed(change) = table.set(at(3), key(1), Some(remote)) else {
        panic!("no change");
    };
    assert_eq!(
        (change.from, change.to, change.epoch),
        (Some(PORT), Some(remote), Epoch(2))
    );
}

#[test]
fn a_refreshed_local_entry_lives_on_and_a_silent_one_ends() {
    let mut table = MacTable::new(AGEING, 10);
    table.set(at(0), key(1), Some(PORT));
    table.refresh(at(200), key(1));
    assert_eq!(table.poll_ended(at(300)), None);
    assert_eq!(table.next_deadline(), Some(at(500)));
    assert_eq!(table.poll_ended(at(500)), Some((key(1), PORT)));
}

#[test]
fn a_deadline_of_an_overridden_entry_is_void() {
    let mut table = MacTable::new(AGEING, 10);
    table.set(at(0), key(1), Some(PORT));
    table.set(at(1), key(1), Some(Target::Remote(LinkId(0))));
    assert_eq!(table.poll_ended(at(1000)), None);
    assert_eq!(table.next_deadline(), None);
}

#[test]
fn a_full_table_refuses_by_count_and_still_moves_what_it_holds() {
    let mut table = MacTable::new(AGEING, 1);
    table.set(at(0), key(1), Some(PORT));
    assert!(matches!(
        table.set(at(0), key(2), Some(PORT)),
        SetOutcome::Full
    ));
    assert_eq!(table.refused(), 1);
    let remote = Some(Target::Remote(LinkId(0)));
    assert!(matches!(
        table.set(at(0), key(1), remote),
        SetOutcome::Changed(_)
    ));
}

#[test]
fn d_6_a_static_entry_neither_ages_nor_changes_nor_ends() {
    let mut table = MacTable::new(AGEING, 10);
    table.set(at(0), key(1), Some(PORT));
    table.pin(key(1));
    assert!(table.is_static(key(1)) && !table.is_static(key(2)));
    for to in [
        Some(Target::Remote(LinkId(0))),
        Some(Target::Local(PortId(1))),
        None,
    ] {
        let outcome = table.set(at(1), key(1), to);
        assert!(matches!(outcome, SetOutcome::Static), "{to:?}");
    }
    assert_eq!(table.poll_ended(at(1000)), None);
    assert_eq!(table.next_deadline(), None);
    let entry = table.get(key(1)).unwrap();
    assert_eq!((entry.target, table.deadline_of(entry)), (PORT, None));
}

#[test]
fn a_flapping_station_does_not_fill_the_memory() {
    let mut table = MacTable::new(AGEING, 10);
    for flap in 0..10_000 {
        table.set(at(1), key(1), Some(Target::Local(PortId(flap % 2))));
    }
    assert!(
        table.deadlines.len() <= VOID_DEADLINES + 3,
        "{}",
        table.deadlines.len()
    );
    assert_eq!(
        table.poll_ended(at(301)),
        Some((key(1), Target::Local(PortId(1))))
    );
}
