//! Probe traffic: a sending and a receiving thread in every host's namespace.

mod gauge;
mod receiver;
mod sender;

use core::num::NonZeroU32;
use core::time::Duration;
use std::collections::BTreeMap;
use std::net::SocketAddrV4;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use linux_net::clock;
use linux_net::timestamped_udp::TimestampedUdp;
use meter::schedule::{Rate, Schedule};
use meter::{FlowId, ReceivedLog, SentLog};
use topology::plan::{Flow, NodeName};
use wire::Timestamp;

use crate::lab::{Lab, LabError};
use crate::stop_flag::StopFlag;
pub use gauge::FlowGauge;

/// From the start of the threads to the first probe.
const LEAD: Duration = Duration::from_millis(20);

/// Probes in flight, until [`Traffic::stop`]; dropped, it ends them.
pub struct Traffic {
    senders: Vec<JoinHandle<()>>,
    receivers: Vec<JoinHandle<()>>,
    stop_sending: StopFlag,
    stop_receiving: StopFlag,
    gauges: Vec<Arc<FlowGauge>>,
    logs: BTreeMap<FlowId, LiveLogs>,
    start: Timestamp,
}

/// Both logs of a flow, while its threads write them.
#[derive(Clone)]
struct LiveLogs {
    sent: Arc<Mutex<SentLog>>,
    received: Arc<Mutex<ReceivedLog>>,
}

/// Nobody who holds a log panics while it is half written.
fn lock<T>(log: &Mutex<T>) -> MutexGuard<'_, T> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What became of all probes, by flow.
pub struct Logs {
    /// Both logs of each flow.
    pub flows: BTreeMap<FlowId, (SentLog, ReceivedLog)>,
    /// When the receivers ended.
    pub end: Timestamp,
}

impl Traffic {
    /// Starts all flows of the plan. `longest` is how long they may run at the most.
    ///
    /// # Errors
    /// A socket could not be opened.
    pub async fn start(lab: &Lab, longest: Duration) -> Result<Self, LabError> {
        Self::start_flows(lab, &lab.plan().flows, longest).await
    }

    /// Starts some flows.
    ///
    /// # Errors
    /// As [`Traffic::start`].
    pub async fn start_flows(
        lab: &Lab,
        flows: &[Flow],
        longest: Duration,
    ) -> Result<Self, LabError> {
        let plan = lab.plan();
        let rate = Rate::per_second(plan.probes.rate).ok_or_else(|| LabError::Impossible {
            what: "probes".to_owned(),
            problem: format!("{} a second: use 1 or more", plan.probes.rate),
        })?;
        let capacity =
            usize::try_from(longest.as_millis() * u128::from(plan.probes.rate) / 1000 + 1000)
                .unwrap_or(usize::MAX);
        let mut traffic = Self {
            senders: Vec::new(),
            receivers: Vec::new(),
            stop_sending: StopFlag::default(),
            stop_receiving: StopFlag::default(),
            gauges: Vec::new(),
            logs: BTreeMap::new(),
            start: Timestamp::ZERO,
        };
        let receiving: BTreeMap<_, _> = by_node(flows, |flow| &flow.to);
        for (node, flows) in receiving {
            traffic.receive(lab, node, &flows, capacity).await?;
        }
        traffic.start = clock::monotonic() + LEAD;
        let count = NonZeroU32::new(u32::try_from(flows.len()).unwrap_or(u32::MAX));
        let schedule = |flow: &Flow| {
            let phased = Schedule::new(traffic.start, rate);
            phased.with_phase(u32::from(flow.number), count.unwrap_or(NonZeroU32::MIN))
        };
        let sending: BTreeMap<_, _> = by_node(flows, |flow| &flow.from);
        for (node, flows) in sending {
            let mut outgoing = Vec::new();
            for flow in flows {
                let socket = open(lab, node, SocketAddrV4::new(flow.source, flow.port)).await?;
                let to = SocketAddrV4::new(flow.destination, flow.port);
                let id = FlowId(flow.number);
                let log = traffic.logs.get(&id).map(|logs| logs.sent.clone());
                let log = log.unwrap_or_else(|| log_of(SentLog::with_capacity(id, capacity)));
                outgoing.push(sender::Outgoing::new(socket, to, schedule(flow), log));
            }
            let (payload, stop) = (plan.probes.payload as usize, traffic.stop_sending.shared());
            let run = move || sender::run(outgoing, payload, &stop);
            let thread = lab.namespace(node)?.spawn_thread("probe-send", run).await;
            let thread = thread.map_err(LabError::kernel("start a sender of probes"))?;
            traffic.senders.push(thread);
        }
        Ok(traffic)
    }

    async fn receive(
        &mut self,
        lab: &Lab,
        node: &NodeName,
        flows: &[&Flow],
        capacity: usize,
    ) -> Result<(), LabError> {
        let mut incoming = Vec::new();
        for flow in flows {
            let socket = open(lab, node, SocketAddrV4::new(flow.destination, flow.port)).await?;
            let gauge = Arc::new(FlowGauge::new(FlowId(flow.number)));
            self.gauges.push(gauge.clone());
            let id = FlowId(flow.number);
            let logs = LiveLogs {
                sent: log_of(SentLog::with_capacity(id, capacity)),
                received: log_of(ReceivedLog::with_capacity(id, capacity)),
            };
            let log = logs.received.clone();
            self.logs.insert(id, logs);
            incoming.push(receiver::Incoming { socket, log, gauge });
        }
        let stop = self.stop_receiving.shared();
        let run = move || receiver::run(incoming, &stop);
        let thread = lab
            .namespace(node)?
            .spawn_thread("probe-receive", run)
            .await;
        self.receivers
            .push(thread.map_err(LabError::kernel("start a receiver of probes"))?);
        Ok(())
    }

    /// Live state of the flows.
    #[must_use]
    pub fn gauges(&self) -> &[Arc<FlowGauge>] {
        &self.gauges
    }

    /// The flows that have not been without a gap for `span`, by number; empty when all have.
    #[must_use]
    pub fn not_clean_for(&self, span: Duration) -> Vec<FlowId> {
        let now = clock::monotonic();
        self.gauges
            .iter()
            .filter(|g| !g.is_clean_for(span, now))
            .map(|g| g.flow())
            .collect()
    }

    /// What a flow has sent and received so far; `None` when it is not one of these.
    #[must_use]
    pub fn so_far(&self, flow: FlowId) -> Option<(SentLog, ReceivedLog)> {
        let logs = self.logs.get(&flow)?;
        // The sender is held up the least when nothing of the receiver is waited for meanwhile.
        let sent = lock(&logs.sent).clone();
        Some((sent, lock(&logs.received).clone()))
    }

    /// Stops the senders, lets what is on its way arrive for `drain`, and gathers the logs.
    ///
    /// # Errors
    /// A thread panicked.
    pub async fn stop(self, drain: Duration) -> Result<Logs, LabError> {
        self.stop_sending.stop();
        let panicked = || LabError::Panicked {
            what: "probes".to_owned(),
        };
        for thread in self.senders {
            join(thread).await.ok_or_else(panicked)?;
        }
        tokio::time::sleep(drain).await;
        let end = clock::monotonic();
        self.stop_receiving.stop();
        for thread in self.receivers {
            join(thread).await.ok_or_else(panicked)?;
        }
        let taken = |(id, logs): (FlowId, LiveLogs)| {
            // The threads have ended, and let go of them.
            let sent = Arc::into_inner(logs.sent)?.into_inner().ok()?;
            let received = Arc::into_inner(logs.received)?.into_inner().ok()?;
            Some((id, (sent, received)))
        };
        Ok(Logs {
            flows: self.logs.into_iter().filter_map(taken).collect(),
            end,
        })
    }
}

fn log_of<T>(log: T) -> Arc<Mutex<T>> {
    Arc::new(Mutex::new(log))
}

async fn join<T: Send + 'static>(thread: JoinHandle<T>) -> Option<T> {
    tokio::task::spawn_blocking(move || thread.join().ok())
        .await
        .ok()
        .flatten()
}

fn by_node<'a>(
    flows: &'a [Flow],
    node: impl Fn(&'a Flow) -> &'a NodeName,
) -> BTreeMap<&'a NodeName, Vec<&'a Flow>> {
    let mut by_node: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for flow in flows {
        by_node.entry(node(flow)).or_default().push(flow);
    }
    by_node
}

async fn open(lab: &Lab, node: &NodeName, at: SocketAddrV4) -> Result<TimestampedUdp, LabError> {
    let opened = lab
        .namespace(node)?
        .run(move || TimestampedUdp::bind(at))
        .await;
    let what = || format!("probe socket {at} of {}", node.as_str());
    opened
        .map_err(|_| LabError::Panicked { what: what() })?
        .map_err(LabError::kernel(what()))
}
