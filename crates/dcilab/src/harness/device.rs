//! The tables of an edge device.

use edge_api::protocol::{Request as Ask, Response as Answer};
use edge_api::{AdjacencyRow, ArpRow, Counters, LspRow, MacTable, Security, Status};

use super::{HarnessError, Lab};
use crate::life_cycle::protocol::{Request, Response};

/// An edge device of a lab.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    lab: &'a Lab,
    name: &'a str,
}

/// A table: the question, and what its answer holds.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident: $ask:ident -> $body:ty;)*) => {
        impl Device<'_> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// The lab has no such device, or is gone.
                pub fn $name(&self) -> Result<$body, HarnessError> {
                    match self.ask(Ask::$ask)? {
                        Answer::$ask(body) => Ok(body.into()),
                        other => Err(self.unexpected(other)),
                    }
                }
            )*
        }
    };
}

tables! {
    /// What it is and does.
    status: Status -> Box<Status>;
    /// Its MAC table.
    mac_table: MacTable -> MacTable;
    /// What stations of its own site announced.
    arp_snooping: ArpSnooping -> Vec<ArpRow>;
    /// What stations of other sites announced.
    arp_suppression: ArpSuppression -> Vec<ArpRow>;
    /// Its IS-IS adjacencies.
    adjacencies: Adjacencies -> Vec<AdjacencyRow>;
    /// Its link-state database.
    lsdb: Lsdb -> Vec<LspRow>;
    /// Its counters.
    counters: Counters -> Counters;
    /// What its process may still do.
    security: Security -> Box<Security>;
}

impl<'a> Device<'a> {
    pub(super) const fn new(lab: &'a Lab, name: &'a str) -> Self {
        Self { lab, name }
    }

    fn ask(&self, ask: Ask) -> Result<Answer, HarnessError> {
        let device = self.name.to_owned();
        match self.lab.ask(&Request::Device { device, ask })? {
            Response::Device(answer) => Ok(answer),
            other => Err(self.lab.unexpected(&other)),
        }
    }

    fn unexpected(&self, answer: Answer) -> HarnessError {
        self.lab.unexpected(&Response::Device(answer))
    }
}
