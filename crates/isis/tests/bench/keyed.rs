//! Systems that share a key, and a tape of what they send.

use std::cell::RefCell;
use std::rc::Rc;

use isis::{AuthenticationKey, InstanceConfig, TimerProfile};
use wire::isis::{Lsp, LspFlags, LspView};
use wire::{LspId, SystemId};

use super::{Bench, circuit_to, config};

pub const SECRET: &str = "correct horse";

pub fn key() -> AuthenticationKey {
    SECRET.parse().unwrap()
}

pub fn keyed(node: usize, secret: &str) -> InstanceConfig {
    InstanceConfig {
        authentication: Some(secret.parse().unwrap()),
        ..config(node, TimerProfile::Immediate.timers())
    }
}

/// Every PDU sent: by whom, and its bytes.
pub type Tape = Rc<RefCell<Vec<(usize, Vec<u8>)>>>;

pub fn record(bench: &mut Bench) -> Tape {
    let tape = Tape::default();
    let recorder = Rc::clone(&tape);
    bench.loses = Box::new(move |sent, pdu| {
        recorder.borrow_mut().push((sent.from, pdu.to_vec()));
        false
    });
    tape
}

/// A full mesh whose systems all have the key, and what they sent.
pub fn keyed_mesh(count: usize) -> (Bench, Tape) {
    let mut bench = Bench::mesh(count, TimerProfile::Immediate.timers());
    let tape = record(&mut bench);
    (0..count).for_each(|node| bench.start(node, keyed(node, SECRET)));
    (bench, tape)
}

/// The last LSP of `originator` that is a purge, or is none, on the tape.
pub fn last_lsp(tape: &Tape, originator: SystemId, purge: bool) -> Vec<u8> {
    let tape = tape.borrow();
    let wanted = |pdu: &&Vec<u8>| {
        LspView::parse(pdu).is_ok_and(|view| {
            view.header().id.system == originator && view.header().is_purge() == purge
        })
    };
    tape.iter()
        .rev()
        .map(|(_, pdu)| pdu)
        .find(wanted)
        .unwrap()
        .clone()
}

/// What `node` makes of a PDU from `from`: the name of the drop.
pub fn refusal(bench: &mut Bench, node: usize, from: usize, pdu: &[u8]) -> Option<&'static str> {
    let result = bench.tell(node, |i, now| i.handle_pdu(now, circuit_to(from), pdu));
    result.err().map(|drop| drop.name())
}

pub fn bare_purge(originator: SystemId, sequence: u32) -> Lsp {
    let id = LspId {
        system: originator,
        pseudonode: 0,
        fragment: 0,
    };
    Lsp::purge(id, sequence, LspFlags::LEVEL1)
}
