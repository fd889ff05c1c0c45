use std::net::Ipv4Addr;

use wire::isis::{Lsp, LspFlags, Tlv};
use wire::{LspId, MacAddr, SystemId, VlanId};

use super::*;

fn config() -> InstanceConfig {
    let system = SystemId::new([2, 0, 0, 0, 0, 1]);
    InstanceConfig::new(system, "49.0001".parse().unwrap(), Ipv4Addr::LOCALHOST)
}

fn mac(vlan: u16, number: u32) -> Item {
    let [a, b, c, d] = number.to_be_bytes();
    Item::Mac(MacReachability {
        vlan: VlanId::new(vlan).unwrap(),
        mac: MacAddr::new([2, 0, a, b, c, d]),
    })
}

fn encoded(origination: &Origination, fragment: u8) -> Vec<u8> {
    let (tlvs, flags) = origination.contents(fragment);
    let lsp = Lsp {
        remaining_lifetime: 1200,
        id: LspId::MIN,
        sequence: 1,
        flags,
        tlvs,
    };
    lsp.encode().unwrap()
}

fn count_placed(origination: &Origination) -> usize {
    let macs = origination.wanted.iter();
    macs.filter(|item| origination.fragments.holds(**item))
        .count()
}

fn numbers(changes: &[Change]) -> Vec<u8> {
    changes.iter().map(|c| c.fragment).collect()
}

#[test]
fn the_first_generation_is_fragment_0_with_the_fixed_tlvs() {
    let mut origination = Origination::new(&config());
    assert_eq!(numbers(&origination.generate()), [0]);
    let codes = |o: &Origination| o.contents(0).0.iter().map(Tlv::code).collect::<Vec<_>>();
    assert_eq!(codes(&origination), [1, 129, 132]);
    origination.add(Item::Neighbor(SystemId::new([2, 0, 0, 0, 0, 2])));
    origination.add(mac(100, 1));
    assert_eq!(numbers(&origination.generate()), [0]);
    assert_eq!(codes(&origination), [1, 129, 132, 22, 147]);
    assert!(origination.generate().is_empty(), "nothing changed");
}

#[test]
fn d_6_static_macs_have_a_tlv_of_their_own_with_its_own_room() {
    let mut origination = Origination::new(&config());
    let fixed = |item| match item {
        Item::Mac(mac) => Item::StaticMac(mac),
        other => other,
    };
    for number in 0..300 {
        origination.add(mac(100, number));
        origination.add(fixed(mac(100, 1000 + number)));
    }
    let changes = origination.generate();
    let macs_with = |wanted: u8| {
        let fragments = changes
            .iter()
            .flat_map(|c| origination.contents(c.fragment).0);
        let macs = fragments.map(|tlv| match tlv {
            Tlv::MacReachability(tlv) if tlv.confidence == wanted => tlv.macs.len(),
            _ => 0,
        });
        macs.sum::<usize>()
    };
    assert_eq!((macs_with(0), macs_with(255)), (300, 300));
    for change in &changes {
        assert!(encoded(&origination, change.fragment).len() <= 1492);
    }
    assert_eq!(changes.iter().map(|c| c.added.len()).sum::<usize>(), 600);
}

#[test]
fn what_comes_and_goes_between_generations_changes_nothing() {
    let mut origination = Origination::new(&config());
    origination.add(mac(100, 1));
    origination.generate();
    assert!(origination.remove(mac(100, 1)) && origination.add(mac(100, 1)));
    assert!(origination.add(mac(100, 2)) && origination.remove(mac(100, 2)));
    assert!(!origination.add(mac(100, 1)) && !origination.remove(mac(100, 2)));
    assert!(origination.generate().is_empty());
}

#[test]
fn one_changed_mac_changes_one_fragment_and_no_fragment_exceeds_the_mtu() {
    let mut origination = Origination::new(&config());
    for number in 0..1000 {
        origination.add(mac(100 + u16::try_from(number % 7).unwrap(), number));
    }
    let fragments = numbers(&origination.generate());
    assert_eq!(fragments, [0, 1, 2, 3, 4]);
    for fragment in &fragments {
        let len = encoded(&origination, *fragment).len();
        assert!(len <= 1492, "fragment {fragment} has {len} bytes");
        assert!(
            len > 1300 || *fragment == 4,
            "fragment {fragment} has {len} bytes"
        );
    }
    origination.remove(mac(100 + 500 % 7, 500));
    let changes = origination.generate();
    assert_eq!((changes.len(), changes[0].removed.len()), (1, 1));
    origination.add(mac(100 + 500 % 7, 9999));
    assert_eq!(origination.generate().len(), 1, "no other fragment changes");
}

#[test]
fn an_empty_fragment_is_purged_but_never_fragment_0() {
    let mut origination = Origination::new(&config());
    for number in 0..300 {
        origination.add(mac(100, number));
    }
    assert_eq!(numbers(&origination.generate()), [0, 1]);
    for number in 0..300 {
        origination.remove(mac(100, number));
    }
    let kinds: Vec<_> = origination.generate().iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [ChangeKind::Issue, ChangeKind::Purge]);
    assert!(origination.has(0) && !origination.has(1));
}

#[test]
fn a_full_space_sets_the_overload_bit_and_recovers() {
    let mut config = config();
    config.lsp_mtu = 512;
    let mut origination = Origination::new(&config);
    let count = 21_000;
    for number in 0..count {
        origination.add(mac(100, number));
    }
    let changes = origination.generate();
    assert_eq!(changes.len(), 256);
    let placed: usize = changes.iter().map(|c| c.added.len()).sum();
    assert!(placed < usize::try_from(count).unwrap());
    assert!(origination.contents(0).1.is_overloaded());
    for number in 0..2000 {
        origination.remove(mac(100, number));
    }
    origination.generate();
    assert_eq!(origination.contents(0).1, LspFlags::LEVEL1);
    let kept = usize::try_from(count).unwrap() - 2000;
    assert_eq!(
        count_placed(&origination),
        kept,
        "what was kept back is said now"
    );
}

#[test]
fn what_is_held_back_follows_as_room_comes_whatever_its_vlan() {
    let mut config = config();
    config.lsp_mtu = 512;
    let mut origination = Origination::new(&config);
    for number in 0..24_000 {
        origination.add(mac(if number < 23_000 { 100 } else { 200 }, number));
    }
    origination.generate();
    let full = count_placed(&origination);
    assert!(full < 23_000 && origination.held_back.len() == 24_000 - full);
    // Both VLANs wait. One fragment's worth of room serves the first, then the other.
    let held_of_100 = origination.held_back.len() - 1000;
    for number in 0..u32::try_from(held_of_100).unwrap() + 200 {
        origination.remove(mac(100, number));
    }
    origination.generate();
    let mut waiting = origination.held_back.iter();
    assert!(waiting.all(|item| *item > mac(200, 0)));
    assert!(origination.held_back.len() < 1000);
    for number in 0..6000 {
        origination.remove(mac(100, number));
    }
    origination.generate();
    assert!(origination.held_back.is_empty());
    assert_eq!(count_placed(&origination), origination.wanted.len());
}

#[test]
fn a_bulk_goes_into_few_fragments_and_churn_opens_no_more_than_four_thirds() {
    let mut origination = Origination::new(&config());
    for number in 0..5000 {
        origination.add(mac(100, number));
    }
    let least = origination.generate().len();
    for round in 1..100 {
        // Every tenth of those that are there, so that each fragment gets a gap.
        let gone: Vec<Item> = origination.wanted.iter().copied().step_by(10).collect();
        assert_eq!(gone.len(), 500);
        for item in gone {
            origination.remove(item);
        }
        origination.generate();
        for number in 0..500 {
            origination.add(mac(100, round * 100_000 + number));
        }
        let changed = origination.generate().len();
        assert!(changed <= 500 / 59 + 1, "round {round}: {changed}");
        let open = (0..=u8::MAX).filter(|n| origination.has(*n)).count();
        assert!(open <= least * 4 / 3 + 1, "round {round}: {open}");
        assert_eq!(count_placed(&origination), 5000);
    }
}

#[test]
fn a_new_item_goes_where_a_change_is_anyway() {
    let mut origination = Origination::new(&config());
    for number in 0..1000 {
        origination.add(mac(100, number));
    }
    origination.generate();
    origination.remove(mac(100, 300));
    origination.add(mac(100, 9999));
    assert_eq!(numbers(&origination.generate()), [1]);
}
