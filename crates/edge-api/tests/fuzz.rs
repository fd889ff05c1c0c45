//! What comes as text: requests on the control socket, configurations. `just fuzz` runs it for longer.

use std::time::Duration;

use bolero::check;
use edge_api::EdgeConfig;
use edge_api::protocol::{Request, Response};

/// How long each target runs in `cargo test`.
const BRIEFLY: Duration = Duration::from_millis(500);

/// What a fuzzer puts together; it seldom finds a word by chance.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\n",
    " = ",
    "request",
    "subscribe",
    "after",
    "thaw",
    "vlan",
    "mac",
    "status",
    "mac-table",
    "lsdb",
    "shutdown",
    "02:00:00:00:00:01",
    "100",
    "4095",
    "-1",
    "1e99",
    "18446744073709551616",
    "null",
    "\\u0000",
    "name",
    "system_id",
    "0200.0000.0001",
    "mode",
    "garp-flood",
    "igp-only",
    "mac_limit",
    "mac_ageing",
    "5m",
    "public",
    "interface",
    "address",
    "192.0.2.1",
    "igp",
    "profile",
    "frr",
    "timers",
    "hello_interval",
    "1s",
    "mobility",
    "flood_hold",
    "site_port",
    "evi_link",
    "peer",
    "access_vlan",
    "authentication",
    "\u{e9}",
    "'",
];

fn text(choices: &[u8]) -> String {
    let word = |choice: &u8| WORDS[usize::from(*choice) % WORDS.len()];
    choices.iter().map(word).collect()
}

/// A request that is read is written and read again as the same.
fn read_request(text: &str) {
    if let Ok(request) = serde_json::from_str::<Request>(text) {
        let written = serde_json::to_string(&request).expect("a request is plain data");
        let again: Request = serde_json::from_str(&written).expect("what was written is read");
        assert_eq!(again, request);
        assert!(!written.contains('\n'), "one line a request");
    }
}

#[test]
fn fuzz_request() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        read_request(&String::from_utf8_lossy(bytes));
        read_request(&text(bytes));
        read_request(&format!("{{\"request\":\"{}", text(bytes)));
        let _any_answer_will_do = serde_json::from_slice::<Response>(bytes);
    });
}

/// A configuration that is read is judged, and one without a key goes both ways.
fn read_config(text: &str) {
    let Ok(config) = toml::from_str::<EdgeConfig>(text) else {
        return;
    };
    let _any_answer_will_do = config.validate();
    if config.igp.authentication.is_none() {
        let written = toml::to_string(&config).expect("a configuration is plain data");
        let again: EdgeConfig = toml::from_str(&written).expect("what was written is read");
        assert_eq!(again, config);
    }
}

/// Lines as a file has them, after the least that is needed.
fn lines(bytes: &[u8]) -> String {
    let mut lines = String::from(
        "name = \"a\"\nsystem_id = \"0200.0000.0001\"\npublic = { interface = \"u\", address = \"192.0.2.1\" }\n",
    );
    for line in bytes.chunks(3) {
        let [key, quote, value] = [0, 1, 2].map(|at| line.get(at).copied().unwrap_or(0));
        let (key, value) = (text(&[key]), text(&[value]));
        lines += &match quote % 4 {
            0 => format!("{key} = \"{value}\"\n"),
            1 => format!("{key} = {}\n", i64::from(quote) - 64),
            2 => format!("[{key}]\n"),
            _ => format!("[[{key}]]\n{value} = \"x\"\n"),
        };
    }
    lines
}

#[test]
fn fuzz_config() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        read_config(&String::from_utf8_lossy(bytes));
        read_config(&text(bytes));
        read_config(&lines(bytes));
    });
}
