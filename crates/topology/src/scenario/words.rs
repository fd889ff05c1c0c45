//! Words of scenarios.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::resolved::words;

words! {
    /// What a step does.
    Verb {
        /// Moves VMs to another site.
        Migrate = "migrate",
        /// Has hosts announce themselves by gratuitous ARP.
        Announce = "announce",
        /// Sets an interface of a node down.
        LinkDown = "link down",
        /// Sets an interface of a node up, and gives it back the routes and neighbours that it lost.
        LinkUp = "link up",
        /// Has an edge device purge its LSPs and end.
        EdStop = "ed stop",
        /// Kills an edge device.
        EdKill = "ed kill",
        /// Starts an edge device anew, with its configuration.
        EdRestart = "ed restart",
        /// Impairs paths of the underlay: delay, loss and the like.
        Impair = "impair",
        /// Has paths as the topology has them.
        ImpairReset = "impair reset",
        /// Parts sites from others: nothing passes between them.
        Partition = "partition",
        /// Ends all partitions.
        Heal = "heal",
        /// Starts probes.
        TrafficStart = "traffic start",
        /// Stops all probes.
        TrafficStop = "traffic stop",
        /// Starts to announce ever new MACs from a host.
        ChurnStart = "churn start",
        /// Stops that.
        ChurnStop = "churn stop",
        /// Starts to capture into a file.
        CaptureStart = "capture start",
        /// Ends the capture.
        CaptureStop = "capture stop",
        /// Keeps tables of edge devices in the result.
        Show = "show",
        /// Fails the scenario unless something comes true in time.
        Assert = "assert",
        /// Nothing: a name for a moment.
        #[default]
        Wait = "wait",
    }
}

words! {
    /// How a VM moves.
    MoveKind {
        /// It keeps running: its cable is unplugged and plugged in at the other site.
        #[default]
        Live = "live",
        /// It is stopped for the downtime first, and moves then.
        StopAndCopy = "stop-and-copy",
        /// It is plugged in nowhere for the downtime, switched off, and starts at the other site.
        Cold = "cold",
        /// It goes there and comes back, again and again.
        PingPong = "ping-pong",
        /// It goes back to the site where the topology has it.
        FailBack = "fail-back",
        /// It leaves, and comes back to the site that it left: the other site never sees it.
        Aborted = "aborted",
    }
}

words! {
    /// What a step shows.
    Table {
        /// The MAC table.
        #[default]
        Mac = "mac",
        /// The ARP snooping table.
        ArpSnooping = "arp snooping",
        /// The ARP suppression table.
        ArpSuppression = "arp suppression",
        /// IS-IS adjacencies.
        IsisPeer = "isis peer",
        /// The link-state database.
        IsisLsdb = "isis lsdb",
        /// Counters, drops among them.
        Counters = "counters",
        /// What the device is and does.
        Status = "status",
    }
}

words! {
    /// What a MAC entry is asked to be.
    EntryState {
        /// In this site.
        #[default]
        Local = "local",
        /// Behind one EVI link.
        Remote = "remote",
        /// Somewhere: out on every EVI link.
        Flood = "flood",
        /// Provisionally behind one EVI link.
        Redirect = "redirect",
        /// There is no entry.
        None = "none",
    }
}

words! {
    /// What an adjacency is asked to be.
    LinkState {
        /// Up.
        #[default]
        Up = "up",
        /// Not up.
        Down = "down",
    }
}

words! {
    /// Whether a host is to answer.
    Answer {
        /// It is.
        #[default]
        Yes = "yes",
        /// It is not.
        No = "no",
    }
}

words! {
    /// What a condition may be satisfied by.
    Seen {
        /// A change that came after the trigger: what was so before does not count.
        #[default]
        Change = "change",
        /// The state as it is now, however old.
        State = "state",
    }
}
