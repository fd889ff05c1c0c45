//! What a path has done so far.

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// What became of the packets of one path since it was last changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// Packets that came.
    pub packets: u64,
    /// Their bytes, with Ethernet headers.
    pub bytes: u64,
    /// Packets that went on, copies included.
    pub delivered: u64,
    /// Their bytes.
    pub delivered_bytes: u64,
    /// Dropped as asked (`loss`).
    pub lost: u64,
    /// How often losses began: `lost` over this is the mean length of a burst. `None` where the back end
    /// does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_bursts: Option<u64>,
    /// Dropped because the sites are partitioned.
    pub partitioned: u64,
    /// Dropped because the path held as many packets as it may.
    pub queue_full: u64,
    /// Dropped because the machine did not keep up.
    pub overrun: u64,
    /// Copies that were made as asked (`duplicate`).
    pub duplicates: u64,
    /// Packets that were let past others as asked (`reorder`).
    pub reordered: u64,
    /// Packets on their way now.
    pub held: u64,
    /// By how much packets were delayed. `None` where the back end does not tell, or none went on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// By how much packets went on later than they were due. `None` as for `delay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lateness: Option<Delay>,
    /// From the first packet that went on to the last. `None` as for `delay`.
    #[serde(
        default,
        rename = "span_ns",
        skip_serializing_if = "Option::is_none",
        with = "nanos::option"
    )]
    pub span: Option<Duration>,
}

impl Statistics {
    /// The share of packets that were lost as asked, from 0 to 1; `None` before the first packet.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        (self.packets > 0).then(|| self.lost as f64 / self.packets as f64)
    }

    /// The mean number of packets lost in a row.
    #[must_use]
    pub fn mean_burst(&self) -> Option<f64> {
        let bursts = self.loss_bursts.filter(|bursts| *bursts > 0)?;
        Some(self.lost as f64 / bursts as f64)
    }

    /// Bits a second from the first packet that went on to the last, pauses included.
    #[must_use]
    pub fn throughput(&self) -> Option<f64> {
        let seconds = self.span.filter(|span| !span.is_zero())?.as_secs_f64();
        Some(self.delivered_bytes as f64 * 8.0 / seconds)
    }
}

/// Delays of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// The shortest.
    #[serde(rename = "min_ns", with = "nanos")]
    pub min: Duration,
    /// The longest.
    #[serde(rename = "max_ns", with = "nanos")]
    pub max: Duration,
    /// Of all together.
    #[serde(rename = "sum_ns", with = "nanos")]
    pub sum: Duration,
    /// How many there were.
    pub count: u64,
}

impl Delay {
    /// The mean.
    #[must_use]
    pub fn mean(&self) -> Duration {
        let mean = self.sum.as_nanos() / u128::from(self.count.max(1));
        Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    pub(crate) fn add(to: &mut Option<Self>, delay: Duration) {
        let sums = to.get_or_insert(Self {
            min: delay,
            max: delay,
            sum: Duration::ZERO,
            count: 0,
        });
        sums.min = sums.min.min(delay);
        sums.max = sums.max.max(delay);
        sums.sum = sums.sum.saturating_add(delay);
        sums.count += 1;
    }
}

mod nanos {
    use core::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_nanos)
    }

    pub(super) mod option {
        use core::time::Duration;

        use serde::{Deserialize, Deserializer, Serializer};

        pub(in super::super) fn serialize<S: Serializer>(
            time: &Option<Duration>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            match time {
                Some(time) => super::serialize(time, to),
                None => to.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<Duration>, D::Error> {
            let nanos = Option::<u64>::deserialize(from)?;
            Ok(nanos.map(Duration::from_nanos))
        }
    }
}
