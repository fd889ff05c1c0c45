//! An LSP as the database keeps it.

use core::time::Duration;
use std::collections::BTreeSet;

use wire::isis::{
    LspEntry, LspHeader, LspView, PurgeOriginator, ReachableMac, Tlv, set_remaining_lifetime,
};
use wire::{LspId, Timestamp};

use crate::MacReachability;
use crate::event::Freshness;
use crate::originate::STATIC_CONFIDENCE;

/// How a header compares with a stored LSP (ISO 10589 s7.3.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Newer,
    Same,
    Older,
    /// Same sequence number, both alive, another checksum (s7.3.16.2): somebody's LSP is not what
    /// its originator sent.
    Confused,
}

impl From<Comparison> for Freshness {
    fn from(comparison: Comparison) -> Self {
        match comparison {
            Comparison::Newer | Comparison::Confused => Self::Newer,
            Comparison::Same => Self::Same,
            Comparison::Older => Self::Older,
        }
    }
}

/// An LSP, its bytes as received, and when it ends.
#[derive(Debug)]
pub(crate) struct StoredLsp {
    header: LspHeader,
    bytes: Vec<u8>,
    /// End of its lifetime; for a purged one, when its header is forgotten.
    ends: Timestamp,
    macs: Vec<MacReachability>,
    /// Those of them that are configured.
    static_macs: Vec<MacReachability>,
    hostname: Option<String>,
    purge_originator: Option<PurgeOriginator>,
}

impl StoredLsp {
    /// What `view` shows, arrived or generated at `now`. A purge is kept for `zero_age`.
    pub(crate) fn new(view: &LspView<'_>, now: Timestamp, zero_age: Duration) -> Self {
        let header = view.header();
        let lifetime = match header.is_purge() {
            true => zero_age,
            false => Duration::from_secs(u64::from(header.remaining_lifetime)),
        };
        let alive = !header.is_purge();
        Self {
            header,
            bytes: view.bytes().to_vec(),
            ends: now + lifetime,
            macs: macs_of(view, |_| alive),
            static_macs: macs_of(view, |m| alive && m.confidence == STATIC_CONFIDENCE),
            hostname: hostname_of(view).filter(|_| alive),
            purge_originator: purge_originator_of(view).filter(|_| !alive),
        }
    }

    pub(crate) const fn id(&self) -> LspId {
        self.header.id
    }

    pub(crate) const fn header(&self) -> LspHeader {
        self.header
    }

    pub(crate) const fn ends(&self) -> Timestamp {
        self.ends
    }

    pub(crate) const fn is_alive(&self) -> bool {
        !self.header.is_purge()
    }

    pub(crate) fn macs(&self) -> &[MacReachability] {
        &self.macs
    }

    pub(crate) fn static_macs(&self) -> &[MacReachability] {
        &self.static_macs
    }

    pub(crate) fn hostname(&self) -> Option<&str> {
        self.hostname.as_deref()
    }

    /// Who took it out, if the purge says so.
    pub(crate) const fn purge_originator(&self) -> Option<PurgeOriginator> {
        self.purge_originator
    }

    /// Seconds left, rounded up: an LSP that lives is never sent as a purge.
    pub(crate) fn remaining_lifetime(&self, now: Timestamp) -> u16 {
        if !self.is_alive() {
            return 0;
        }
        let nanos = self.ends.saturating_since(now).as_nanos();
        u16::try_from(nanos.div_ceil(1_000_000_000).max(1)).unwrap_or(u16::MAX)
    }

    /// What a sequence numbers PDU says about it.
    pub(crate) fn entry(&self, now: Timestamp) -> LspEntry {
        LspEntry {
            remaining_lifetime: self.remaining_lifetime(now),
            ..self.header.entry()
        }
    }

    /// The bytes to flood, with the lifetime left at `now`.
    pub(crate) fn to_send(&self, now: Timestamp) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let set = set_remaining_lifetime(&mut bytes, self.remaining_lifetime(now));
        debug_assert_eq!(set, Ok(()), "only parsed LSPs are stored");
        bytes
    }

    /// How `other` (received) compares with this one.
    pub(crate) fn compare(&self, other: &LspEntry) -> Comparison {
        use core::cmp::Ordering::{Equal, Greater, Less};
        let alive = other.remaining_lifetime != 0;
        match other.sequence.cmp(&self.header.sequence) {
            Greater => Comparison::Newer,
            Less => Comparison::Older,
            Equal => match (self.is_alive(), alive) {
                (true, false) => Comparison::Newer,
                (false, true) => Comparison::Older,
                (false, false) => Comparison::Same,
                (true, true) if self.header.checksum == other.checksum => Comparison::Same,
                (true, true) => Comparison::Confused,
            },
        }
    }
}

fn macs_of(view: &LspView<'_>, which: impl Fn(&ReachableMac) -> bool) -> Vec<MacReachability> {
    // Entries that cannot be used (reserved VLAN, group address) are passed over.
    let usable = view.reachable_macs().filter_map(Result::ok);
    let entries = usable.filter(which).map(|m| MacReachability {
        vlan: m.vlan,
        mac: m.mac,
    });
    entries.collect::<BTreeSet<_>>().into_iter().collect()
}

fn hostname_of(view: &LspView<'_>) -> Option<String> {
    first(view, |tlv| match tlv {
        Tlv::HostName(name) => Some(name),
        _ => None,
    })
}

fn purge_originator_of(view: &LspView<'_>) -> Option<PurgeOriginator> {
    first(view, |tlv| match tlv {
        Tlv::PurgeOriginator(originator) => Some(originator),
        _ => None,
    })
}

fn first<T>(view: &LspView<'_>, pick: impl FnMut(Tlv) -> Option<T>) -> Option<T> {
    let tlvs = view.tlvs().filter_map(Result::ok);
    tlvs.map(Tlv::decode).find_map(pick)
}

#[cfg(test)]
mod tests {
    use wire::isis::Lsp;

    use super::*;

    fn stored(sequence: u32, lifetime: u16) -> StoredLsp {
        let lsp = Lsp {
            remaining_lifetime: lifetime,
            id: LspId::MIN,
            sequence,
            flags: wire::isis::LspFlags::LEVEL1,
            tlvs: Vec::new(),
        };
        let bytes = lsp.encode().unwrap();
        let view = LspView::parse(&bytes).unwrap();
        StoredLsp::new(&view, Timestamp::ZERO, Duration::from_secs(60))
    }

    /// ISO 10589 s7.3.16, every case.
    #[test]
    fn comparison() {
        use Comparison::{Confused, Newer, Older, Same};
        let alive = stored(5, 100);
        let dead = stored(5, 0);
        let entry = |sequence, remaining_lifetime, checksum| LspEntry {
            remaining_lifetime,
            id: LspId::MIN,
            sequence,
            checksum,
        };
        let sum = alive.header().checksum;
        assert_eq!(alive.compare(&entry(6, 100, 1)), Newer);
        assert_eq!(alive.compare(&entry(6, 0, 1)), Newer);
        assert_eq!(alive.compare(&entry(4, 100, 1)), Older);
        assert_eq!(alive.compare(&entry(4, 0, 1)), Older);
        assert_eq!(alive.compare(&entry(5, 7, sum)), Same);
        assert_eq!(alive.compare(&entry(5, 7, sum ^ 1)), Confused);
        assert_eq!(alive.compare(&entry(5, 0, sum)), Newer);
        assert_eq!(dead.compare(&entry(5, 0, sum ^ 1)), Same);
        assert_eq!(dead.compare(&entry(5, 100, sum)), Older);
        assert_eq!(dead.compare(&entry(6, 100, sum)), Newer);
    }

    #[test]
    fn lifetime_runs_from_arrival_and_is_never_sent_as_zero() {
        let lsp = stored(1, 100);
        let at = |ms: u64| Timestamp::from_nanos(ms * 1_000_000);
        assert_eq!(lsp.remaining_lifetime(at(0)), 100);
        assert_eq!(lsp.remaining_lifetime(at(40_000)), 60);
        assert_eq!(lsp.remaining_lifetime(at(99_999)), 1);
        let sent = lsp.to_send(at(40_000));
        let view = LspView::parse(&sent).unwrap();
        assert_eq!(view.header().remaining_lifetime, 60);
        assert_eq!(view.checksum(), wire::isis::Checksum::Correct);
    }
}
