//! `edged show events`.

use std::fmt::Write as _;

use edge_api::Event;
use edge_api::protocol::{Request, Response};
use serde_json::Value;

use super::Format;
use crate::command::client::{Client, unexpected};

/// Shows the events that are remembered; with `follow` goes on with those that come, until the device
/// ends.
pub(super) fn run(mut device: Client, format: Format, follow: bool) -> anyhow::Result<()> {
    if !follow {
        return match device.ask(&Request::Events { after: 0 })? {
            Response::Events(events) => events.iter().try_for_each(|event| show(event, format)),
            other => Err(unexpected(&other)),
        };
    }
    device.send(&Request::Subscribe { after: 0 })?;
    while let Some(response) = device.next()? {
        match response {
            Response::Event(event) => show(&event, format)?,
            other => return Err(unexpected(&other)),
        }
    }
    Ok(())
}

fn show(event: &Event, format: Format) -> anyhow::Result<()> {
    let line = match format {
        Format::Json => serde_json::to_string(event)? + "\n",
        Format::Table => line(event)?,
    };
    crate::command::print(&line)
}

/// Number, time in seconds, what, and the rest as in JSON.
fn line(event: &Event) -> anyhow::Result<String> {
    let Value::Object(mut fields) = serde_json::to_value(&event.kind)? else {
        return Ok(String::new());
    };
    let what = fields.remove("event").unwrap_or_default();
    let at = event.at.as_nanos() / 1000;
    let (seconds, micros) = (at / 1_000_000, at % 1_000_000);
    let what = what.as_str().unwrap_or("?");
    let mut line = format!("{:>6}  {seconds}.{micros:06}  {what:<18}", event.number);
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        match value {
            Value::String(text) => {
                let _ = write!(line, "  {name} {text}");
            }
            other => {
                let _ = write!(line, "  {name} {other}");
            }
        }
    }
    line.push('\n');
    Ok(line)
}
