//! What of the configuration the decisions ask for, frame by frame.

use core::time::Duration;

use edge_api::{AnnouncementMessage, EdgeConfig, Mode, TimerProfile};

use crate::dispute::oldest_announcement;

/// The settings in force; a reload writes others in their place.
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    pub(crate) profile: TimerProfile,
    pub(crate) flood_hold: Duration,
    pub(crate) announcement_repeats: u32,
    pub(crate) announcement_interval: Duration,
    pub(crate) announcement_message: AnnouncementMessage,
    /// How old an announcement can be when it arrives.
    pub(crate) announcement_age: Duration,
    pub(crate) arp_suppression: bool,
}

impl Settings {
    pub(crate) fn of(config: &EdgeConfig) -> Self {
        let mobility = &config.mobility;
        let (interval, repeats) = (
            mobility.announcement_interval,
            mobility.announcement_repeats,
        );
        Self {
            mode: config.mode,
            profile: config.igp.profile,
            flood_hold: mobility.flood_hold,
            announcement_repeats: repeats,
            announcement_interval: interval,
            announcement_message: mobility.announcement_message,
            announcement_age: oldest_announcement(interval, repeats),
            arp_suppression: mobility.arp_suppression,
        }
    }
}
