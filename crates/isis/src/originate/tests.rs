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
        origination.placement.len(),
        kept,
        "what was kept back is said now"
    );
}
