//! The MAC tables at the three moments of a migration.

use edge_api::MacRow;

use super::table;
use crate::result::RunResult;

pub(super) fn text(run: &RunResult) -> String {
    let devices: Vec<_> = run
        .devices
        .iter()
        .map(|device| device.name.clone())
        .collect();
    let mut header = vec!["moment".to_owned()];
    header.extend(devices.iter().cloned());
    let mut table = table::<0>([]);
    table.set_header(header);
    for moment in &run.moments {
        let mut row = vec![moment.name.to_string()];
        let cell = |device: &String| {
            let entry = moment.entries.get(device.as_str()).and_then(Option::as_ref);
            entry.map_or_else(|| "-".to_owned(), entry_text)
        };
        row.extend(devices.iter().map(cell));
        table.add_row(row);
    }
    format!("\nMAC table entries of {}\n{table}\n", run.migration.vm)
}

fn entry_text(row: &MacRow) -> String {
    format!("{}, {}", row.vlan, row.binding)
}
