//! Where each host of a lab is now, and which VMs are on their way.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use topology::Resolved;

/// The site of each host, and who moves. One place for everybody who moves VMs of one lab.
#[derive(Debug)]
pub struct Movements {
    places: RefCell<BTreeMap<String, String>>,
    moving: RefCell<BTreeSet<String>>,
}

/// A VM that is on its way. Dropped, it has arrived, or stays where it was.
pub struct OnItsWay<'a> {
    vm: String,
    movements: &'a Movements,
}

impl Movements {
    /// Everybody at home.
    #[must_use]
    pub fn at_first(topology: &Resolved) -> Self {
        let home = topology.hosts().map(|(_, host)| {
            let site = topology.site(host.site).name.clone();
            (host.name.clone(), site)
        });
        Self {
            places: RefCell::new(home.collect()),
            moving: RefCell::default(),
        }
    }

    /// The site that a host is at.
    #[must_use]
    pub fn site_of(&self, host: &str) -> Option<String> {
        self.places.borrow().get(host).cloned()
    }

    /// Whether nobody is on its way.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.moving.borrow().is_empty()
    }

    /// A VM sets out.
    ///
    /// # Errors
    /// It is on its way already.
    pub fn set_out(&self, vm: &str) -> Result<OnItsWay<'_>, String> {
        if !self.moving.borrow_mut().insert(vm.to_owned()) {
            return Err(format!(
                "`{vm}` is on its way already: wait until it has arrived"
            ));
        }
        Ok(OnItsWay {
            vm: vm.to_owned(),
            movements: self,
        })
    }
}

impl OnItsWay<'_> {
    /// It is plugged in at this site.
    pub fn arrived(&self, site: &str) {
        let mut places = self.movements.places.borrow_mut();
        places.insert(self.vm.clone(), site.to_owned());
    }
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.movements.moving.borrow_mut().remove(&self.vm);
    }
}
