//! Systems on a virtual clock: purges under a key (RFC 5304, RFC 6233), and who purged (RFC 6232).

use crate::bench;

use bench::keyed::{bare_purge, key, keyed_mesh, last_lsp, refusal};
use bench::{Bench, mac, millis, secs, system};
use isis::{PurgeOriginator, TimerProfile};
use wire::isis::authentication::{Authentication, sign, verify};
use wire::isis::{Lsp, LspView, Tlv, Verification, set_remaining_lifetime};
use wire::{LspId, SystemId};

fn codes(pdu: &[u8]) -> Vec<u8> {
    let view = LspView::parse(pdu).unwrap();
    view.tlvs().map(|tlv| tlv.unwrap().code).collect()
}

/// Who purged fragment 0 of `originator`, as `node` has it.
fn purger(bench: &Bench, node: usize, originator: SystemId) -> Option<PurgeOriginator> {
    let id = LspId {
        system: originator,
        pseudonode: 0,
        fragment: 0,
    };
    let mut lsps = bench.node(node).lsdb();
    lsps.find(|l| l.lsp_id == id)?.purge_originator
}

const fn purged_by(system: SystemId) -> Option<PurgeOriginator> {
    Some(PurgeOriginator {
        system,
        received_from: None,
    })
}

#[test]
fn a_purge_is_signed_and_says_who_purged() {
    let (mut bench, tape) = keyed_mesh(2);
    bench.advertise(0, mac(1));
    bench.settle();
    bench.tell(0, |i, now| i.shutdown(now));
    bench.until(secs(1), |b| !b.knows(1, 0, mac(1)));
    let purge = last_lsp(&tape, system(0), true);
    assert_eq!(codes(&purge), [10, 13]);
    assert_eq!(verify(&purge, &key()), Ok(Verification::Correct));
    assert_eq!(purger(&bench, 1, system(0)), purged_by(system(0)));
    assert!(bench.drops.is_empty());
}

/// The LSP of a system that died: whoever purges it says so, and is believed.
#[test]
fn a_purge_for_another_names_the_purger() {
    let (mut bench, tape) = keyed_mesh(3);
    bench.advertise(2, mac(1));
    bench.settle();
    assert_eq!(purger(&bench, 0, system(2)), None);
    bench.kill(2);
    let gone = |b: &Bench| !b.knows(0, 2, mac(1)) && !b.knows(1, 2, mac(1));
    bench.until(secs(1300), gone);
    let purge = last_lsp(&tape, system(2), true);
    assert_eq!(codes(&purge), [10, 13]);
    assert_eq!(verify(&purge, &key()), Ok(Verification::Correct));
    for node in 0..2 {
        let by = purger(&bench, node, system(2)).unwrap().system;
        assert!(by == system(0) || by == system(1), "{by}");
    }
    assert!(bench.drops.is_empty());
}

#[test]
fn without_a_key_a_purge_names_the_purger_too() {
    let mut bench = Bench::mesh(3, TimerProfile::Immediate.timers());
    bench.advertise(2, mac(1));
    bench.settle();
    let own = bench.node(0).lsdb().find(|l| l.lsp_id.system == system(2));
    let sequence = own.unwrap().sequence;
    let contradicting = Lsp {
        remaining_lifetime: 1200,
        ..bare_purge(system(2), sequence)
    };
    // Nobody is there to issue it again.
    bench.kill(2);
    let pdu = contradicting.encode().unwrap();
    assert_eq!(refusal(&mut bench, 0, 1, &pdu), None);
    bench.run(millis(100));
    assert_eq!(purger(&bench, 1, system(2)), purged_by(system(0)));
}

#[test]
fn a_forged_purge_is_refused() {
    let (mut bench, tape) = keyed_mesh(3);
    bench.advertise(2, mac(1));
    bench.settle();
    let lsp = last_lsp(&tape, system(2), false);
    let sequence = LspView::parse(&lsp).unwrap().header().sequence;

    // The LSP itself with its lifetime set to 0: the digest still is right.
    let mut aged = lsp.clone();
    set_remaining_lifetime(&mut aged, 0).unwrap();
    assert_eq!(verify(&aged, &key()), Ok(Verification::Correct));
    assert_eq!(refusal(&mut bench, 0, 1, &aged), Some("purge-contents"));

    // A purge made without the key.
    let mut forged = bare_purge(system(2), sequence + 1);
    let bare = forged.encode().unwrap();
    assert_eq!(
        refusal(&mut bench, 0, 1, &bare),
        Some("authentication-missing")
    );
    let blank = Authentication::blank();
    forged.tlvs.push(Tlv::Authentication(blank));
    let mut blank = forged.encode().unwrap();
    assert_eq!(
        refusal(&mut bench, 0, 1, &blank),
        Some("authentication-failed")
    );
    assert!(bench.knows(0, 2, mac(1)) && bench.knows(1, 2, mac(1)));

    // The same with the key.
    sign(&mut blank, &key()).unwrap();
    assert_eq!(refusal(&mut bench, 0, 1, &blank), None);
    assert!(!bench.knows(0, 2, mac(1)));
}

/// RFC 6233 s2: what tells of the purge may stay, contents may not, even under the key.
#[test]
fn a_purge_may_say_who_purged_and_nothing_of_the_lsp() {
    let (mut bench, _tape) = keyed_mesh(3);
    bench.settle();
    let mut purge = |tlv: Tlv| {
        let mut lsp = bare_purge(system(2), 1000);
        lsp.tlvs = vec![Tlv::Authentication(Authentication::blank()), tlv];
        let mut bytes = lsp.encode().unwrap();
        sign(&mut bytes, &key()).unwrap();
        refusal(&mut bench, 0, 1, &bytes)
    };
    let protocols = Tlv::ProtocolsSupported(vec![0xcc]);
    assert_eq!(purge(protocols), Some("purge-contents"));
    assert_eq!(purge(Tlv::HostName("ed2".into())), None);
    let originator = purged_by(system(2)).unwrap();
    assert_eq!(purge(Tlv::PurgeOriginator(originator)), None);
}
