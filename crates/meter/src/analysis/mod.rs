//! From the two logs of a flow to its figures. What each figure means is in the crate's own text.

mod delay;
mod fate;
mod gap;
mod quality;
mod sender;
#[cfg(test)]
mod tests;

use core::time::Duration;

use serde::{Deserialize, Serialize};
use wire::Timestamp;

pub use delay::Delay;
pub use gap::{Gap, Good, Outage, Recovery};
pub use quality::{Disturbance, Limits, Quality};
pub use sender::SenderReport;

use crate::schedule::Rate;
use crate::{FlowId, ReceivedLog, SentLog, Sequence};
use fate::Fates;

/// Which probes count, and where the event begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The convergence event instant (RFC 6412): just before the VM was detached.
    pub trigger: Timestamp,
    /// Only probes sent until then are judged; later ones may still have been on their way.
    pub settled_until: Timestamp,
}

impl Window {
    /// A window for receivers that listened until `end`: probes are judged that were sent `drain` or
    /// more before. `drain` must exceed the greatest delay of the network.
    #[must_use]
    pub fn new(trigger: Timestamp, end: Timestamp, drain: Duration) -> Self {
        Self {
            trigger,
            settled_until: end - drain,
        }
    }
}

/// Lost probes by when they were sent. The three add up to [`FlowReport::lost`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// In gaps that were over before the event: a baseline that was not clean.
    pub before_event: u64,
    /// In the outage.
    pub outage: u64,
    /// In other, shorter gaps of the event, before or after the outage.
    pub other: u64,
}

/// All figures of one flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowReport {
    /// The flow.
    pub flow: FlowId,
    /// Probes a second.
    pub rate: Rate,
    /// Which probes were judged.
    pub window: Window,
    /// Probes that the sender tried to send, judged or not.
    pub offered: u64,
    /// Offered probes that were sent until [`Window::settled_until`]. `received + lost`.
    pub judged: u64,
    /// Judged probes that arrived, each counted once.
    pub received: u64,
    /// Judged probes that did not arrive.
    pub lost: u64,
    /// Judged probes that the sender's own kernel refused; they are among the lost.
    pub refused: u64,
    /// Further arrivals of judged probes that had arrived before.
    pub duplicated: u64,
    /// Judged probes whose first arrival came after that of a higher sequence (type-P-reordered of
    /// RFC 4737 s3).
    pub reordered: u64,
    /// Arrivals with a sequence that was never sent: a fault of the meter.
    pub unknown: u64,
    /// How long before the trigger a probe may have been sent and still have met the event: 99th
    /// percentile of the delays before the trigger, and one interval.
    #[serde(rename = "in_flight_ns", with = "crate::nanos")]
    pub in_flight: Duration,
    /// Lost probes by when they were sent.
    pub losses: Losses,
    /// Every run of consecutive lost probes, in sending order.
    pub gaps: Vec<Gap>,
    /// The longest gap of the event.
    pub outage: Outage,
    /// Probes lost in the event, divided by the rate.
    #[serde(rename = "loss_derived_ns", with = "crate::nanos")]
    pub loss_derived: Duration,
    /// When the flow worked again for good.
    pub recovery: Recovery,
    /// One-way delay of the judged probes that arrived; `None` when none did.
    pub delay: Option<Delay>,
    /// How punctual the sender was.
    pub sender: SenderReport,
    /// Datagrams that the receiving socket itself dropped.
    pub socket_drops: u64,
    /// Whether the meter can be believed.
    pub quality: Quality,
}

impl FlowReport {
    /// Judges one flow. Only the logs decide: the same logs give the same report, at any time.
    #[must_use]
    pub fn new(
        sent: &SentLog,
        received: &ReceivedLog,
        rate: Rate,
        window: Window,
        limits: &Limits,
    ) -> Self {
        let fates = Fates::new(sent, received, window.settled_until);
        let in_flight = in_flight(&fates, window.trigger, rate);
        let event = window.trigger - in_flight;
        let gaps = fates.gaps();
        let outage = Outage::new(&gaps, &fates, event, rate);
        let losses = Losses::new(&gaps, &outage, event);
        let refused = fates.refused();
        let mut report = Self {
            flow: sent.flow(),
            rate,
            window,
            offered: count(sent.probes().len()),
            judged: count(fates.len()),
            received: count(fates.len()) - count(fates.lost()),
            lost: count(fates.lost()),
            refused: count(refused),
            duplicated: fates.duplicated,
            reordered: fates.reordered,
            unknown: fates.unknown,
            in_flight,
            losses,
            recovery: Recovery::new(&gaps, &fates, event, window.trigger),
            gaps,
            outage,
            loss_derived: rate.duration_of(losses.outage + losses.other),
            delay: Delay::new(fates.delays()),
            sender: SenderReport::new(sent.probes(), limits.resolution),
            socket_drops: received.socket_drops(),
            quality: Quality::Good,
        };
        report.quality = Quality::of(&report, &fates, received.overflowed(), limits);
        report
    }

    /// The judged probes that were lost, in sending order.
    pub fn lost_sequences(&self) -> impl Iterator<Item = Sequence> + '_ {
        self.gaps
            .iter()
            .flat_map(|gap| (gap.first.0..=gap.last.0).map(Sequence))
    }
}

impl Losses {
    fn new(gaps: &[Gap], outage: &Outage, event: Timestamp) -> Self {
        let lost_where = |in_event: bool| -> u64 {
            let chosen = gaps.iter().filter(|gap| gap.reaches(event) == in_event);
            chosen.map(|gap| gap.lost).sum()
        };
        Self {
            before_event: lost_where(false),
            outage: outage.lost,
            other: lost_where(true) - outage.lost,
        }
    }
}

fn in_flight(fates: &Fates<'_>, trigger: Timestamp, rate: Rate) -> Duration {
    let before = Delay::new(fates.delays_before(trigger));
    before.map_or(Duration::ZERO, |delay| delay.p99) + rate.interval()
}

const fn count(items: usize) -> u64 {
    items as u64
}
