//! Where lost packets died.

use comfy_table::Cell;

use super::{number, table};
use crate::result::RunResult;

pub(super) fn text(run: &RunResult) -> String {
    let mut table = table(["flow", "lost", "where", "why"]);
    let mut rows = 0;
    for flow in &run.flows {
        for death in &flow.attribution.deaths {
            let name = format!("{} to {}", flow.from, flow.to);
            let why = match death.drop {
                Some(drop) => format!("{} ({drop})", death.reason),
                None => death.reason.clone(),
            };
            let place = Cell::new(&death.node);
            table.add_row([Cell::new(name), number(death.count), place, Cell::new(why)]);
            rows += 1;
        }
    }
    if rows == 0 {
        return "\nNo packet was lost.\n".to_owned();
    }
    format!("\nWhere lost packets died\n{table}\n")
}
