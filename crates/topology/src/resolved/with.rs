//! The same topology with something else in it.

use edge_api::{Mode, TimerProfile};

use super::Resolved;
use crate::{Announce, MigrationStyle};

impl Resolved {
    /// The same topology with another way to handle a MAC move, but for sites with a mode of their own.
    #[must_use]
    pub fn with_mode(mut self, mode: Mode) -> Self {
        self.mechanism.mode = mode;
        self
    }

    /// The same topology with the IGP timers of another vendor, but for timers that the file sets itself,
    /// and sites with a profile of their own.
    /// The two may not go together: [`edge_api::IgpConfig::effective_timers`] tells.
    #[must_use]
    pub fn with_profile(mut self, profile: TimerProfile) -> Self {
        self.igp.profile = profile;
        self
    }

    /// The same topology with another style of migration.
    #[must_use]
    pub fn with_style(mut self, style: MigrationStyle) -> Self {
        self.moves.style = style;
        self
    }

    /// The same topology with a VM that says something else on arrival.
    #[must_use]
    pub fn with_announce(mut self, announce: Announce) -> Self {
        self.moves.announce = announce;
        self
    }
}
