//! An IS-IS instance: ties adjacencies, database, flooding and origination together.

mod adjacencies;
mod deadline;
mod graph;
mod own_lsps;
mod query;
mod reconfigure;
mod sequence_numbers;
mod shutdown;
mod transmit;
mod update;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wire::isis::{Pdu, PduType};
use wire::{LspId, Timestamp};

use crate::circuit::Circuit;
use crate::deadlines::Deadlines;
use crate::event::Events;
use crate::jitter::Jitter;
use crate::link_state_graph::LinkStateGraph;
use crate::lsdb::Lsdb;
use crate::lsp_generation::GenerationThrottle;
use crate::originate::{Item, Origination};
use crate::reachability::Reachability;
use crate::{
    AdjacencyReason, AdjacencyState, CircuitConfig, CircuitId, Event, GraphUse, InstanceConfig,
    MacReachability, PduDrop, authentication,
};

pub use query::LspSummary;
pub use transmit::Transmit;

/// An IS-IS level 1 system. See the crate's documentation for how to drive it.
#[derive(Debug)]
pub struct Instance {
    config: InstanceConfig,
    /// The latest time handed in.
    now: Timestamp,
    circuits: BTreeMap<CircuitId, Circuit>,
    /// Where the search for something to send starts: circuits take turns.
    next_circuit: CircuitId,
    lsdb: Lsdb,
    reachability: Reachability,
    /// `None`: not followed.
    graph: Option<LinkStateGraph>,
    origination: Origination,
    own: OwnLsps,
    jitter: Jitter,
    events: Events,
    /// Last hellos on circuits that were removed, to leave before anything else.
    last_words: VecDeque<Transmit>,
    /// Set by [`Instance::shutdown`]: what is left to be sent, and nothing else happens.
    farewell: Option<VecDeque<Transmit>>,
}

/// Bookkeeping of the LSPs that this system originates.
#[derive(Debug)]
struct OwnLsps {
    throttle: GenerationThrottle,
    /// Whether fragment 0 has been generated since the start.
    started: bool,
    /// Highest sequence number used, or heard of, for each fragment.
    sequences: BTreeMap<u8, u32>,
    /// When each fragment is generated again.
    refresh: Deadlines<u8>,
    /// Fragments that used up their sequence numbers: silent until the last one has died out.
    resting: BTreeSet<u8>,
    /// LSPs with our system ID heard before we had generated any: from before a restart.
    heard_before_start: BTreeMap<LspId, u32>,
}

impl Instance {
    /// An instance without circuits. Its fragment 0 is generated as its generation timers say.
    #[must_use]
    pub fn new(config: InstanceConfig, now: Timestamp) -> Self {
        let config = config.workable();
        let mut throttle = GenerationThrottle::new(config.timers.lsp_generation);
        throttle.change(now);
        Self {
            now,
            circuits: BTreeMap::new(),
            next_circuit: CircuitId(0),
            lsdb: Lsdb::new(config.lsdb_limit),
            reachability: Reachability::default(),
            graph: (config.graph == GraphUse::Followed).then(LinkStateGraph::default),
            origination: Origination::new(&config),
            own: OwnLsps {
                throttle,
                started: false,
                sequences: BTreeMap::new(),
                refresh: Deadlines::new(),
                resting: BTreeSet::new(),
                heard_before_start: BTreeMap::new(),
            },
            jitter: Jitter::new(config.system_id, config.timers.jitter_percent),
            events: Events::default(),
            last_words: VecDeque::new(),
            farewell: None,
            config,
        }
    }

    /// Starts to send hellos on a circuit. A circuit with the same ID is removed first.
    pub fn add_circuit(&mut self, now: Timestamp, circuit: CircuitConfig) {
        self.remove_circuit(now, circuit.id);
        if self.farewell.is_none() {
            let next = self.now + self.jitter.shorten(self.config.timers.hello_interval);
            self.circuits
                .insert(circuit.id, Circuit::new(circuit, next));
        }
    }

    /// Stops using a circuit; its adjacency goes down. The neighbour, if there is one, hears of it: the
    /// next PDU from [`Instance::poll_transmit`] is a last hello on this circuit.
    pub fn remove_circuit(&mut self, now: Timestamp, id: CircuitId) {
        self.pass(now);
        let has_neighbour = |circuit: &Circuit| circuit.adjacency.is_some();
        if self.farewell.is_none() && self.circuits.get(&id).is_some_and(has_neighbour) {
            let hello = self.last_hello(id);
            let transmit = hello.map(|pdu| Transmit { circuit: id, pdu });
            self.last_words.extend(transmit);
        }
        self.change_adjacency(id, AdjacencyState::Down, AdjacencyReason::CircuitRemoved);
        self.circuits.remove(&id);
    }

    /// Takes a PDU received on a circuit. It starts with the discriminator `83`; what follows its
    /// PDU length (padding) is ignored.
    ///
    /// # Errors
    /// Why the PDU was not used; to be counted.
    pub fn handle_pdu(
        &mut self,
        now: Timestamp,
        circuit: CircuitId,
        pdu: &[u8],
    ) -> Result<(), PduDrop> {
        self.pass(now);
        if self.farewell.is_some() {
            return Err(PduDrop::Shutdown);
        }
        if !self.circuits.contains_key(&circuit) {
            return Err(PduDrop::UnknownCircuit);
        }
        let (pdu_type, pdu) = Pdu::peek(pdu)?;
        authentication::check(pdu, self.config.authentication.as_ref())?;
        match pdu_type {
            PduType::LanIih => Err(PduDrop::WrongCircuitType),
            PduType::P2pIih => self.handle_hello(circuit, pdu),
            PduType::Lsp => self.handle_lsp(circuit, pdu),
            PduType::Csnp => self.handle_csnp(circuit, pdu),
            PduType::Psnp => self.handle_psnp(circuit, pdu),
        }
    }

    /// Lists a MAC in the own LSP from its next generation on. Does nothing when it is listed
    /// already, or is no station address, which TLV 147 cannot carry.
    pub fn advertise(&mut self, now: Timestamp, entry: MacReachability) {
        self.pass(now);
        if entry.mac.is_station() && self.origination.add(Item::Mac(entry)) {
            self.own.throttle.change(self.now);
        }
    }

    /// Lists a MAC that is behind this system for good, by configuration. For one that is not listed yet;
    /// it stays to the end.
    pub fn advertise_static(&mut self, now: Timestamp, entry: MacReachability) {
        self.pass(now);
        if entry.mac.is_station() && self.origination.add(Item::StaticMac(entry)) {
            self.own.throttle.change(self.now);
        }
    }

    /// Takes a MAC out of the own LSP at its next generation. Does nothing when it is not listed.
    pub fn withdraw(&mut self, now: Timestamp, entry: MacReachability) {
        self.pass(now);
        if self.origination.remove(Item::Mac(entry)) {
            self.own.throttle.change(self.now);
        }
    }

    /// The next event, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// Notes the time. Time that steps back is taken for no time passing.
    fn pass(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }
}
