//! `[mechanism]`: defaults and ranges. The defaults are those of the edge device itself.

use std::time::Duration;

use edge_api::MobilityConfig;

use super::Mechanism;
use super::settings::{DAY, HOUR, MINUTE, SECOND, ageing, ranged, small};
use crate::diagnostic::Diagnostics;
use crate::raw;

const MILLISECOND: Duration = Duration::from_millis(1);
/// Each repeat comes after twice the time of the one before: more would come when nobody waits.
const MOST_REPEATS: u64 = 10;
/// RFC 7432 s15.1 has 5.
const MOST_MOVES: u64 = 1000;

pub(super) fn resolve(raw: &raw::Mechanism, diagnostics: &mut Diagnostics) -> Mechanism {
    let limit = ranged(
        "mechanism.mac_limit",
        &raw.mac_limit,
        65_536,
        16..=1_000_000,
        diagnostics,
    );
    Mechanism {
        mode: raw
            .mode
            .as_ref()
            .map(|mode| *mode.get_ref())
            .unwrap_or_default(),
        mobility: mobility(raw, diagnostics),
        mac_ageing: ageing("mechanism.mac_ageing", &raw.mac_ageing, diagnostics),
        mac_limit: usize::try_from(limit).expect("the range ends at a million"),
    }
}

fn mobility(raw: &raw::Mechanism, diagnostics: &mut Diagnostics) -> MobilityConfig {
    let rest = dampening(raw, diagnostics);
    let repeats = ranged(
        "mechanism.announcement_repeats",
        &raw.announcement_repeats,
        u64::from(rest.announcement_repeats),
        0..=MOST_REPEATS,
        diagnostics,
    );
    let mut time = |key, field, default, range| ranged(key, field, default, range, diagnostics);
    MobilityConfig {
        flood_hold: time(
            "mechanism.flood_hold",
            &raw.flood_hold,
            rest.flood_hold,
            10 * MILLISECOND..=HOUR,
        ),
        announcement_repeats: small(repeats),
        announcement_interval: time(
            "mechanism.announcement_interval",
            &raw.announcement_interval,
            rest.announcement_interval,
            MILLISECOND..=MINUTE,
        ),
        announcement_message: raw
            .announcement_message
            .as_ref()
            .map_or(rest.announcement_message, |message| *message.get_ref()),
        arp_suppression: raw.arp_suppression.unwrap_or(rest.arp_suppression),
        arp_ageing: time(
            "mechanism.arp_ageing",
            &raw.arp_ageing,
            rest.arp_ageing,
            SECOND..=DAY,
        ),
        ..rest
    }
}

/// Dampening as it is set (D-6), and all else by default.
fn dampening(raw: &raw::Mechanism, diagnostics: &mut Diagnostics) -> MobilityConfig {
    let default = MobilityConfig::default();
    let moves = ranged(
        "mechanism.dampening_moves",
        &raw.dampening_moves,
        u64::from(default.dampening_moves),
        0..=MOST_MOVES,
        diagnostics,
    );
    let mut time = |key, field, default| ranged(key, field, default, SECOND..=DAY, diagnostics);
    MobilityConfig {
        dampening_moves: small(moves),
        dampening_window: time(
            "mechanism.dampening_window",
            &raw.dampening_window,
            default.dampening_window,
        ),
        freeze_time: time(
            "mechanism.freeze_time",
            &raw.freeze_time,
            default.freeze_time,
        ),
        ..default
    }
}
