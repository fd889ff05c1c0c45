//! Requests and answers on the control socket: one JSON value a line, one answer a request.
//!
//! After [`Request::Subscribe`] the socket carries [`Response::Event`] lines until it is closed.

use serde::{Deserialize, Serialize};
use wire::{MacAddr, VlanId};

use crate::{
    AdjacencyRow, ArpRow, Counters, Event, LspRow, MacTable, ReloadOutcome, Security, Status,
};

/// What to ask an edge device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// What it is and does.
    Status,
    /// The MAC table.
    MacTable,
    /// The ARP snooping table: what stations of the own site announced.
    ArpSnooping,
    /// The ARP suppression table: what stations of other sites announced.
    ArpSuppression,
    /// The IS-IS adjacencies.
    Adjacencies,
    /// The link-state database.
    Lsdb,
    /// All counters.
    Counters,
    /// What the process may still do, and what keeps it from the rest.
    Security,
    /// Events from number `after` + 1 on that are still remembered, in one answer.
    Events {
        /// The last event that the caller has seen; 0 for all.
        after: u64,
    },
    /// Events from number `after` + 1 on: those still remembered, then new ones as they happen.
    Subscribe {
        /// The last event that the caller has seen; 0 for all.
        after: u64,
    },
    /// End the freeze of a MAC that moved too often (D-6).
    Thaw {
        /// VLAN.
        vlan: VlanId,
        /// MAC address.
        mac: MacAddr,
    },
    /// Read the configuration again and take it over, as SIGHUP does.
    Reload,
    /// Purge the own LSPs and end.
    Shutdown,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "response", content = "body", rename_all = "kebab-case")]
pub enum Response {
    /// To [`Request::Status`].
    Status(Box<Status>),
    /// To [`Request::MacTable`].
    MacTable(MacTable),
    /// To [`Request::ArpSnooping`].
    ArpSnooping(Vec<ArpRow>),
    /// To [`Request::ArpSuppression`].
    ArpSuppression(Vec<ArpRow>),
    /// To [`Request::Adjacencies`].
    Adjacencies(Vec<AdjacencyRow>),
    /// To [`Request::Lsdb`].
    Lsdb(Vec<LspRow>),
    /// To [`Request::Counters`].
    Counters(Counters),
    /// To [`Request::Security`].
    Security(Box<Security>),
    /// To [`Request::Events`].
    Events(Vec<Event>),
    /// To [`Request::Subscribe`], one for each event.
    Event(Box<Event>),
    /// To [`Request::Thaw`]: whether the MAC was frozen.
    Thawed(bool),
    /// To [`Request::Reload`]: what changed, or everything that stood against it.
    Reload(ReloadOutcome),
    /// To [`Request::Shutdown`].
    Ending,
    /// The request could not be read or answered; the text says why and what would do.
    Error(String),
}

#[cfg(test)]
mod tests {
    use isis::{AdjacencyState, TimerProfile};
    use wire::{LspId, MacAddr, SystemId, Timestamp, VlanId};

    use super::*;
    use crate::{
        AdjacencyMedium, AnnouncementOutcome, Binding, CapabilitySets, Cause, ConfigChange,
        DropCount, DropReason, Epoch, EventKind, InterfaceCounters, Landlock, LspRow, MacRow,
        MacState, Mode, Protection, Reloads,
    };

    const MAC: MacAddr = MacAddr::new([2, 0, 0, 0, 1, 1]);
    const SYSTEM: SystemId = SystemId::new([2, 0, 0, 0, 0, 1]);
    const NOW: Timestamp = Timestamp::from_nanos(5);

    fn vlan() -> VlanId {
        VlanId::new(100).unwrap()
    }

    fn remote() -> Binding {
        Binding {
            state: MacState::Remote,
            port: Some("evi-link1".into()),
        }
    }

    fn event(kind: EventKind) -> Response {
        Response::Event(Box::new(Event {
            number: 7,
            at: NOW,
            kind,
        }))
    }

    #[test]
    fn requests_go_both_ways_in_one_line_of_json() {
        let requests = [
            (Request::Status, r#"{"request":"status"}"#),
            (Request::MacTable, r#"{"request":"mac-table"}"#),
            (Request::Adjacencies, r#"{"request":"adjacencies"}"#),
            (Request::Lsdb, r#"{"request":"lsdb"}"#),
            (Request::Counters, r#"{"request":"counters"}"#),
            (Request::Security, r#"{"request":"security"}"#),
            (Request::ArpSnooping, r#"{"request":"arp-snooping"}"#),
            (Request::ArpSuppression, r#"{"request":"arp-suppression"}"#),
            (
                Request::Thaw {
                    vlan: vlan(),
                    mac: MAC,
                },
                r#"{"request":"thaw","vlan":100,"mac":"02:00:00:00:01:01"}"#,
            ),
            (
                Request::Events { after: 0 },
                r#"{"request":"events","after":0}"#,
            ),
            (
                Request::Subscribe { after: 3 },
                r#"{"request":"subscribe","after":3}"#,
            ),
            (Request::Reload, r#"{"request":"reload"}"#),
            (Request::Shutdown, r#"{"request":"shutdown"}"#),
        ];
        for (request, text) in requests {
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
            assert_eq!(serde_json::from_str::<Request>(text).unwrap(), request);
        }
    }

    #[test]
    fn unknown_requests_and_unknown_fields_are_refused() {
        for text in [
            r#"{"request":"reboot"}"#,
            r#"{"request":"Status"}"#,
            r#"{"request":"subscribe"}"#,
            r#"{"request":"subscribe","after":-1}"#,
            r#"{"request":"subscribe","after":1,"before":2}"#,
            r#"{"status":null}"#,
            r#""status""#,
            "",
        ] {
            assert!(serde_json::from_str::<Request>(text).is_err(), "{text}");
        }
    }

    fn tables() -> Vec<Response> {
        let row = MacRow {
            vlan: vlan(),
            mac: MAC,
            binding: remote(),
            since: NOW,
            deadline: None,
            epoch: Epoch(2),
            frozen_until: None,
            is_static: true,
        };
        let adjacency = AdjacencyRow {
            link: "evi-link1".into(),
            medium: AdjacencyMedium::EviLink,
            peer: [192, 0, 2, 2].into(),
            neighbour: Some(SYSTEM),
            state: AdjacencyState::Up,
            since: NOW,
        };
        let lsp = LspRow {
            lsp_id: LspId::MIN,
            sequence: 1,
            checksum: 2,
            lifetime_seconds: 3,
            own: true,
            overloaded: false,
            macs: vec![(vlan(), MAC)],
        };
        let interface = InterfaceCounters {
            name: "port1".into(),
            received_frames: 1,
            received_bytes: 60,
            sent_frames: 0,
            sent_bytes: 0,
            drops: vec![DropCount {
                reason: DropReason::UnknownUnicast,
                count: 1,
            }],
        };
        let counters = Counters {
            interfaces: vec![interface],
            isis_drops: vec![("bad-checksum".to_owned(), 1)],
            ..Counters::default()
        };
        let (epoch, entries) = (Epoch(2), vec![row]);
        vec![
            Response::MacTable(MacTable { epoch, entries }),
            Response::Adjacencies(vec![adjacency]),
            Response::Lsdb(vec![lsp]),
            Response::Counters(counters),
        ]
    }

    fn status() -> Response {
        Response::Status(Box::new(Status {
            name: "ed-a".to_owned(),
            version: "0.1.0".to_owned(),
            pid: 1,
            system_id: SYSTEM,
            address: [192, 0, 2, 1].into(),
            mode: Mode::GarpFlood,
            igp_profile: TimerProfile::Cisco,
            lsp_generation: "at once".to_owned(),
            lsp_pending_until: Some(NOW),
            epoch: Epoch(2),
            now: NOW,
            warnings: vec!["MTU".to_owned()],
            reloads: Reloads::default(),
        }))
    }

    fn security() -> Response {
        Response::Security(Box::new(Security {
            uid: 0,
            gid: 0,
            capabilities: CapabilitySets {
                bounding: vec!["CAP_NET_RAW".to_owned()],
                ..CapabilitySets::default()
            },
            no_new_privs: true,
            landlock: Protection::InForce(Landlock {
                abi: 6,
                is_complete: true,
                allows: vec!["remove files from /run/edged".to_owned()],
            }),
            seccomp: Protection::NotAvailable("no list for this processor".to_owned()),
        }))
    }

    #[test]
    fn responses_go_both_ways() {
        let entry = EventKind::MacEntry {
            vlan: vlan(),
            mac: MAC,
            from: Some(remote()),
            to: None,
            cause: Cause::Withdrawn,
            epoch: Epoch(3),
        };
        let heard = EventKind::AnnouncementHeard {
            vlan: vlan(),
            mac: MAC,
            ip: None,
            link: "evi-link1".into(),
            outcome: AnnouncementOutcome::ModeIgnores,
        };
        let link = "evi-link1".into();
        let peer = [192, 0, 2, 2].into();
        let changes = vec![ConfigChange::LinkAdded { link, peer }];
        let reconfigured = event(EventKind::Reconfigured {
            changes: changes.clone(),
        });
        let others = [
            status(),
            security(),
            Response::Reload(ReloadOutcome::Done { changes }),
            reconfigured,
            Response::Ending,
            Response::Error("no".to_owned()),
        ];
        for response in tables()
            .into_iter()
            .chain(others)
            .chain([event(entry), event(heard)])
        {
            let text = serde_json::to_string(&response).unwrap();
            assert!(!text.contains('\n'));
            let back: Response = serde_json::from_str(&text).unwrap();
            assert_eq!(back, response, "{text}");
        }
    }
}
