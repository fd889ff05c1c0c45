//! What edge devices have counted.

use edge_api::protocol::Response;

use super::Answers;
use crate::report::{number, table};

pub(super) fn counters(answers: &Answers) -> String {
    let mut shown = table([
        "edge device",
        "interface",
        "frames in",
        "bytes in",
        "frames out",
        "bytes out",
        "dropped",
    ]);
    for (device, answer) in answers {
        let Response::Counters(counters) = answer else {
            continue;
        };
        for row in &counters.interfaces {
            let dropped: u64 = row.drops.iter().map(|drop| drop.count).sum();
            shown.add_row(vec![
                device.into(),
                (&*row.name).into(),
                number(row.received_frames),
                number(row.received_bytes),
                number(row.sent_frames),
                number(row.sent_bytes),
                number(dropped),
            ]);
        }
    }
    format!("{shown}\n")
}

pub(super) fn drops(answers: &Answers) -> String {
    let mut shown = table([
        "edge device",
        "interface",
        "dropped",
        "reason",
        "what happened",
    ]);
    for (device, answer) in answers {
        let Response::Counters(counters) = answer else {
            continue;
        };
        for row in &counters.interfaces {
            for drop in &row.drops {
                shown.add_row(vec![
                    device.into(),
                    (&*row.name).into(),
                    number(drop.count),
                    drop.reason.name().into(),
                    drop.reason.describe().into(),
                ]);
            }
        }
    }
    format!("{shown}\n")
}
