//! Rate limits for announcements (D-6): token buckets for each MAC and each site port, and for each EVI
//! link.
//!
//! A bucket is one time stamp (the virtual scheduling form of the leaky bucket, ITU-T I.371): when the
//! last token taken will have come back. The bucket of a MAC lives in its MAC entry, so that the
//! table's limit bounds them; those of ports and links are made once.

use edge_api::{MobilityConfig, RateLimit};
use wire::Timestamp;

use crate::{LinkId, PortId};

const SECOND: u64 = 1_000_000_000;
/// How often a link that is over its limit is told of.
const REPORTS: RateLimit = RateLimit {
    per_second: 1,
    burst: 1,
};

/// A token bucket; a new one is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// When it will be full again.
    full_at: Timestamp,
}

impl Bucket {
    fn has_token(self, now: Timestamp, limit: RateLimit) -> bool {
        let interval = SECOND / u64::from(limit.per_second);
        let missing = self.full_at.as_nanos().saturating_sub(now.as_nanos());
        missing <= interval * u64::from(limit.burst - 1)
    }

    fn take(&mut self, now: Timestamp, limit: RateLimit) {
        let interval = SECOND / u64::from(limit.per_second);
        let from = self.full_at.max(now).as_nanos();
        self.full_at = Timestamp::from_nanos(from.saturating_add(interval));
    }

    fn try_take(&mut self, now: Timestamp, limit: RateLimit) -> bool {
        let has_token = self.has_token(now, limit);
        if has_token {
            self.take(now, limit);
        }
        has_token
    }
}

/// Whether an announcement is within the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It is, and has been counted.
    Granted,
    /// It is not, and takes no token from any bucket.
    OverLimit,
    /// It is not, and that is worth telling.
    OverLimitTold,
}

/// The limits, and the buckets of ports and links.
pub(crate) struct AnnouncementLimits {
    per_mac: RateLimit,
    per_port: RateLimit,
    per_link: RateLimit,
    ports: Vec<Bucket>,
    links: Vec<Bucket>,
    reports: Vec<Bucket>,
}

impl AnnouncementLimits {
    pub(crate) fn new(config: &MobilityConfig, ports: usize, links: usize) -> Self {
        Self {
            per_mac: config.announcements_per_mac,
            per_port: config.announcements_per_port,
            per_link: config.announcements_per_link,
            ports: vec![Bucket::default(); ports],
            links: vec![Bucket::default(); links],
            reports: vec![Bucket::default(); links],
        }
    }

    /// Other limits, from the next announcement on. What has been used up stays so.
    pub(crate) const fn configure(&mut self, config: &MobilityConfig) {
        self.per_mac = config.announcements_per_mac;
        self.per_port = config.announcements_per_port;
        self.per_link = config.announcements_per_link;
    }

    /// Full buckets for a new link, also where another one had its number.
    pub(crate) fn open_link(&mut self, link: LinkId) {
        let slot = usize::from(link.0);
        for buckets in [&mut self.links, &mut self.reports] {
            buckets.resize(buckets.len().max(slot + 1), Bucket::default());
            buckets[slot] = Bucket::default();
        }
    }

    /// An announcement of a station at a site port; `mac` is the station's own bucket, where it has an
    /// entry. A station over its limit takes nothing from the others at its port.
    pub(crate) fn admit_site(
        &mut self,
        now: Timestamp,
        port: PortId,
        mac: Option<&mut Bucket>,
    ) -> Admission {
        let of_port = &mut self.ports[usize::from(port.0)];
        let mac_has = |bucket: &&mut Bucket| bucket.has_token(now, self.per_mac);
        if !mac.as_ref().is_none_or(mac_has) || !of_port.has_token(now, self.per_port) {
            return Admission::OverLimit;
        }
        of_port.take(now, self.per_port);
        if let Some(bucket) = mac {
            bucket.take(now, self.per_mac);
        }
        Admission::Granted
    }

    /// An announcement on an EVI link.
    pub(crate) fn admit_public(&mut self, now: Timestamp, link: LinkId) -> Admission {
        let index = usize::from(link.0);
        if self.links[index].try_take(now, self.per_link) {
            return Admission::Granted;
        }
        match self.reports[index].try_take(now, REPORTS) {
            true => Admission::OverLimitTold,
            false => Admission::OverLimit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit {
        per_second: 2,
        burst: 3,
    };

    const fn ms(ms: u64) -> Timestamp {
        Timestamp::from_nanos(SECOND + ms * 1_000_000)
    }

    fn limits(per_mac: RateLimit, per_port: RateLimit) -> AnnouncementLimits {
        let config = MobilityConfig {
            announcements_per_mac: per_mac,
            announcements_per_port: per_port,
            announcements_per_link: LIMIT,
            ..MobilityConfig::default()
        };
        AnnouncementLimits::new(&config, 1, 2)
    }

    #[test]
    fn d_6_a_burst_passes_and_then_one_each_interval() {
        let mut bucket = Bucket::default();
        let taken: Vec<_> = [0, 0, 0, 0, 499, 500, 500, 1000, 1499, 1500]
            .map(|at| bucket.try_take(ms(at), LIMIT))
            .to_vec();
        let (yes, no) = (true, false);
        assert_eq!(taken, [yes, yes, yes, no, no, yes, no, yes, no, yes]);
        let full = (0..4).map(|_| bucket.try_take(ms(60_000), LIMIT));
        assert_eq!(full.collect::<Vec<_>>(), [yes, yes, yes, no]);
    }

    #[test]
    fn d_6_one_station_over_its_limit_takes_nothing_from_its_port() {
        let mut limits = limits(LIMIT, RateLimit { burst: 4, ..LIMIT });
        let (mut noisy, mut quiet) = (Bucket::default(), Bucket::default());
        let mut admit = |bucket: &mut Bucket| limits.admit_site(ms(0), PortId(0), Some(bucket));
        let of_noisy: Vec<_> = (0..100).map(|_| admit(&mut noisy)).collect();
        let granted = of_noisy.iter().filter(|a| **a == Admission::Granted);
        assert_eq!(granted.count(), 3);
        assert_eq!(admit(&mut quiet), Admission::Granted);
        assert_eq!(admit(&mut quiet), Admission::OverLimit, "the port's limit");
        assert_eq!(
            limits.admit_site(ms(500), PortId(0), None),
            Admission::Granted
        );
    }

    #[test]
    fn d_6_each_link_has_its_limit_and_excess_is_told_once_a_second() {
        let mut limits = limits(LIMIT, LIMIT);
        let mut admit = |at, link| limits.admit_public(ms(at), LinkId(link));
        let first: Vec<_> = (0..5).map(|_| admit(0, 0)).collect();
        let granted = [Admission::Granted; 3];
        assert_eq!(first[..3], granted);
        assert_eq!(first[3..], [Admission::OverLimitTold, Admission::OverLimit]);
        assert_eq!(admit(0, 1), Admission::Granted, "another link");
        let later: Vec<_> = (0..5).map(|_| admit(1100, 0)).collect();
        assert_eq!(
            later[2..4],
            [Admission::OverLimitTold, Admission::OverLimit]
        );
    }
}
