//! What is said of a key that is not known, and of a value of another type.

use toml::Spanned;
use toml::de::DeString;

use crate::diagnostic::{Code, Diagnostic, known};

pub(super) fn unknown_key(
    key: &Spanned<DeString<'_>>,
    title: &str,
    keys: &[&str],
    meant: Option<&str>,
) -> Diagnostic {
    let message = format!("{title} has no key `{}`", key.get_ref());
    let label = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "not known here".to_owned(),
    };
    let cure = format!("known keys: {}", known(keys.iter().copied()));
    Diagnostic::new(Code::UnknownKey, key.span(), message)
        .label(label)
        .help(cure)
}

pub(super) fn article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}
