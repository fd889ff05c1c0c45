//! A packet ring on an interface that may go down, go away, and come back as another one.

use std::os::fd::{AsFd, BorrowedFd};

use linux_net::Error;
use linux_net::interface::{self, Interface};
use linux_net::packet_socket::{PacketRing, RingConfig, TransmitError};
use linux_net::route::{LinkState, Links};
use tracing::{info, warn};
use wire::MacAddr;

/// What can be done with the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Frames can leave.
    Running,
    /// It is down or has no carrier.
    Down,
    /// There is none of this name.
    Gone,
}

/// A ring and its interface.
pub(crate) struct AttachedRing {
    pub(crate) ring: PacketRing,
    interface: Interface,
    condition: Condition,
    /// The kernel has told an error: the socket may have lost its interface.
    is_suspect: bool,
}

impl AttachedRing {
    /// Opens a ring on the interface of this name; `rings` changes what is usual for its MTU.
    ///
    /// # Errors
    /// There is no such interface, or the kernel refuses.
    pub(crate) fn open(
        name: &str,
        rings: impl FnOnce(RingConfig) -> RingConfig,
        links: &mut Links,
    ) -> Result<Self, Error> {
        let interface = interface::lookup(name)?;
        let usual = RingConfig::for_mtu(interface.mtu);
        let mut attached = Self {
            ring: PacketRing::open(&interface, rings(usual))?,
            interface,
            condition: Condition::Down,
            is_suspect: false,
        };
        attached.follow(links);
        Ok(attached)
    }

    /// Opens a ring for the interface of this name, which need not be there yet, and whose MTU is at most
    /// `mtu`.
    ///
    /// # Errors
    /// The kernel refuses.
    pub(crate) fn open_absent(
        name: &str,
        mtu: u32,
        rings: impl FnOnce(RingConfig) -> RingConfig,
        links: &mut Links,
    ) -> Result<Self, Error> {
        let interface = Interface {
            index: 0, // no interface's
            name: name.to_owned(),
            mac: MacAddr::ZERO,
            mtu,
        };
        let usual = RingConfig::for_mtu(mtu);
        let mut attached = Self {
            ring: PacketRing::open_unbound(&interface, rings(usual))?,
            interface,
            condition: Condition::Gone,
            is_suspect: false,
        };
        attached.follow(links);
        Ok(attached)
    }

    pub(crate) const fn interface(&self) -> &Interface {
        &self.interface
    }

    pub(crate) const fn condition(&self) -> Condition {
        self.condition
    }

    pub(crate) const fn is_suspect(&self) -> bool {
        self.is_suspect
    }

    /// Sees what has become of the interface; when there is a new one, binds the ring to it. For that
    /// a socket that is open needs no privilege.
    pub(crate) fn follow(&mut self, links: &mut Links) {
        match links.state(&self.interface.name) {
            Ok(Some(state)) => self.attach(state),
            Ok(None) => self.condition = Condition::Gone,
            Err(error) => warn!(interface = self.interface.name, "{error}"),
        }
        self.is_suspect = false;
    }

    fn attach(&mut self, state: LinkState) {
        let LinkState {
            interface,
            is_running,
        } = state;
        let is_another = interface.index != self.interface.index;
        if is_another || self.condition == Condition::Gone || self.is_suspect {
            if let Err(error) = self.ring.rebind(&interface) {
                warn!(interface = interface.name, "{error}");
                self.condition = Condition::Gone;
                return;
            }
            if is_another {
                info!(
                    interface = interface.name,
                    index = interface.index,
                    "is there"
                );
            }
        } else if interface.mtu != self.interface.mtu {
            self.ring.set_mtu(&interface);
        }
        self.interface = interface;
        self.condition = if is_running {
            Condition::Running
        } else {
            Condition::Down
        };
    }

    /// What is wrong with the interface now, and the cure. `what` it is, as "site port `port1`".
    pub(crate) fn warnings(&self, what: &str) -> Vec<String> {
        let Interface { name, mtu, .. } = &self.interface;
        let mut warnings = Vec::new();
        match self.condition {
            Condition::Running => {}
            Condition::Down => warnings.push(format!(
                "{what} is down or without carrier: `ip link set {name} up`, or look at its cable"
            )),
            Condition::Gone => warnings.push(format!(
                "{what} is not there: once there is an interface `{name}` again, it is used"
            )),
        }
        let largest = self.ring.largest_mtu();
        if *mtu > largest {
            warnings.push(format!(
                "{what} has an MTU of {mtu} now, and its ring was made for {largest} at the most: \
                 start the device anew"
            ));
        }
        warnings
    }

    /// Marks a frame to leave with the next flush; when the ring is full, flushes first.
    ///
    /// # Errors
    /// The ring is still full, or no frame of this length can leave.
    pub(crate) fn transmit(
        &mut self,
        length: usize,
        fill: impl FnOnce(&mut [u8]) + Copy,
    ) -> Result<(), TransmitError> {
        match self.ring.transmit(length, fill) {
            Err(TransmitError::RingFull) => {
                self.flush();
                self.ring.transmit(length, fill)
            }
            result => result,
        }
    }

    /// Lets marked frames go.
    pub(crate) fn flush(&mut self) {
        if let Err(error) = self.ring.flush() {
            warn!(interface = self.interface.name, "cannot send: {error}");
        }
    }

    /// Clears the error that waiting is woken by. It tells that the interface went down or away:
    /// [`AttachedRing::follow`] finds out.
    pub(crate) fn clear_error(&mut self) {
        if let Err(error) = self.ring.take_error() {
            let name = &self.interface.name;
            warn!(interface = name, "cannot read its error: {error}");
        }
        self.is_suspect = true;
    }
}

impl AsFd for AttachedRing {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ring.as_fd()
    }
}
