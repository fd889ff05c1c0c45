//! The phases of a migration, in order.

use super::{millis, number, table};
use crate::result::RunResult;
use comfy_table::Cell;

pub(super) fn text(run: &RunResult) -> String {
    let mut table = table(["since trigger", "where", "what"]);
    for phase in &run.phases {
        let at = number(millis(phase.since_trigger));
        table.add_row([at, Cell::new(&phase.node), Cell::new(&phase.text)]);
    }
    format!("\nTime-line\n{table}\n")
}
