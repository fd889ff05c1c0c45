//! What edge devices have counted.

use edge_api::Counters;
use edge_api::protocol::Response;
use serde_json::Value;

use super::Answers;
use super::sheet::{Kind, Sheet};

/// Frames and bytes of every interface.
pub(super) fn interfaces(answers: &Answers) -> Sheet {
    let mut sheet = Sheet::new([
        ("edge device", Kind::Key),
        ("interface", Kind::Key),
        ("frames in", Kind::Count),
        ("bytes in", Kind::Count),
        ("frames out", Kind::Count),
        ("bytes out", Kind::Count),
        ("dropped", Kind::Count),
    ]);
    for (device, counters) in of(answers) {
        for row in &counters.interfaces {
            let dropped: u64 = row.drops.iter().map(|drop| drop.count).sum();
            sheet.push([
                device.clone(),
                row.name.to_string(),
                row.received_frames.to_string(),
                row.received_bytes.to_string(),
                row.sent_frames.to_string(),
                row.sent_bytes.to_string(),
                dropped.to_string(),
            ]);
        }
    }
    sheet
}

/// What each device counts as a whole, side by side. Every number that a device gives is here under the
/// name that it gives it, so that none can be forgotten.
pub(super) fn devices(answers: &Answers) -> Sheet {
    let names = of(answers).map(|(device, _)| (device.as_str(), Kind::Count));
    let mut sheet = Sheet::new(std::iter::once(("counter", Kind::Key)).chain(names));
    let tables: Vec<_> = of(answers)
        .map(|(_, counters)| serde_json::to_value(counters).unwrap_or_default())
        .collect();
    let Some(Value::Object(first)) = tables.first() else {
        return sheet;
    };
    for (name, _) in first.iter().filter(|(_, value)| value.is_u64()) {
        let counts = tables.iter().map(|table| table[name].to_string());
        sheet.push(std::iter::once(name.replace('_', " ")).chain(counts));
    }
    sheet
}

pub(super) fn drops(answers: &Answers) -> Sheet {
    let mut sheet = Sheet::new([
        ("edge device", Kind::Key),
        ("interface", Kind::Key),
        ("dropped", Kind::Count),
        ("reason", Kind::Key),
        ("what happened", Kind::Value),
    ]);
    for (device, counters) in of(answers) {
        for row in &counters.interfaces {
            for drop in &row.drops {
                sheet.push([
                    device.clone(),
                    row.name.to_string(),
                    drop.count.to_string(),
                    drop.reason.name().to_owned(),
                    drop.reason.describe().to_owned(),
                ]);
            }
        }
        for (reason, count) in &counters.isis_drops {
            sheet.push([
                device.clone(),
                "isis".to_owned(),
                count.to_string(),
                reason.clone(),
                "IS-IS PDU refused".to_owned(),
            ]);
        }
    }
    sheet
}

fn of(answers: &Answers) -> impl Iterator<Item = (&String, &Counters)> {
    answers.iter().filter_map(|(device, answer)| match answer {
        Response::Counters(counters) => Some((device, counters)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_device_has_a_row() {
        let counters = Counters {
            arp_answered: 7,
            ..Counters::default()
        };
        let value = serde_json::to_value(&counters).unwrap();
        let fields = value.as_object().unwrap();
        let numbers = fields.values().filter(|value| value.is_number()).count();
        let answers = Answers::from([("ed-a".to_owned(), Response::Counters(counters))]);
        let rows = devices(&answers).json();
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), numbers);
        let answered = rows.iter().find(|row| row["counter"] == "arp answered");
        assert_eq!(answered.unwrap()["ed-a"], "7");
    }
}
