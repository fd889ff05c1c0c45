//! Bad input never panics, and is always answered.

use proptest::prelude::*;

use super::{THREE_SITE, load};

/// Loads, renders, plans: whatever a caller would do.
fn exercise(text: &str) {
    match load(text) {
        Ok(resolved) => {
            let plan = resolved.plan();
            assert_eq!(plan.edge_devices.len(), resolved.sites().count());
        }
        Err(diagnostics) => {
            assert!(diagnostics.has_errors());
            assert!(diagnostics.render("x.toml", text, true).contains("error"));
        }
    }
}

/// Lines as a file has them, so that what is generated gets past the syntax.
fn line() -> impl Strategy<Value = String> {
    let keys = "name|seed|mtu|prefix|id|role|site|vlan|vm|to|rate|mode|mac|address|downtime|timers";
    let values = "(a|b|vm|observer|10.0.0.0/[0-9]{1,3}|[0-9]{1,22}(ms|s|y)|é+|\\PC*)";
    let regex = |text: &str| proptest::string::string_regex(text).unwrap();
    prop_oneof![
        regex("\\[(underlay|igp|igp.timers|mechanism|switch|migration|probes|site_network)\\]"),
        regex("\\[\\[(site|vlan|host)\\]\\]"),
        regex(&format!(
            "({keys}) = (-?[0-9]{{1,20}}|0x[0-9a-f]{{1,17}}|true|1e9|\\[\\]|\\{{\\}})"
        )),
        regex(&format!("({keys}) = \"{values}\"")),
    ]
}

proptest! {
    #[test]
    fn random_text_never_panics(text in "(?s).{0,400}") {
        exercise(&text);
    }

    #[test]
    fn random_lines_never_panic(lines in proptest::collection::vec(line(), 0..40)) {
        exercise(&lines.join("\n"));
    }

    #[test]
    fn a_damaged_topology_never_panics(
        at in 0..THREE_SITE.len(),
        removed in 0..40_usize,
        inserted in "(?s).{0,8}",
    ) {
        let start = THREE_SITE.floor_char_boundary(at);
        let end = THREE_SITE.ceil_char_boundary(at + removed).min(THREE_SITE.len());
        exercise(&format!("{}{inserted}{}", &THREE_SITE[..start], &THREE_SITE[end..]));
    }
}

#[test]
fn a_huge_file_is_refused_at_once() {
    let text = "#".repeat(crate::raw::MAX_TEXT + 1);
    assert!(
        load(&text)
            .unwrap_err()
            .to_string()
            .contains("at most 1048576")
    );
}

#[test]
fn a_huge_name_is_not_repeated() {
    let text = format!("[[site]]\nname = \"{}\"\n", "é".repeat(100_000));
    let shown = load(&text).unwrap_err().render("x.toml", &text, false);
    assert!(shown.len() < 10_000, "{}", shown.len());
}

#[test]
fn deep_nesting_is_refused() {
    exercise(&format!(
        "name = {}1{}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    ));
}

#[test]
fn many_errors_are_counted_but_not_kept() {
    let text = "[[site]]\nnoise = 1\n".repeat(1000);
    let diagnostics = load(&text).unwrap_err();
    assert_eq!(diagnostics.iter().count(), 100);
    assert!(diagnostics.error_count() >= 2000);
    assert!(
        diagnostics
            .render("x.toml", &text, false)
            .contains("not shown")
    );
}
