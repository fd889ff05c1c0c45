//! The text of a topology, and the settings that are given beside it on a command line.

use std::borrow::Cow;
use std::ops::Range;

/// What stands for a value that is not kept.
const NOT_KEPT: &str = "(not kept)";

/// A topology file's text with settings, each `path=value`, that take the place of what it says.
///
/// Settings stand behind the text, so that a place in them is a place like any other.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    name: &'a str,
    text: Cow<'a, str>,
    file: usize,
    settings: Vec<Range<usize>>,
}

impl<'a> Source<'a> {
    /// A file's text alone.
    #[must_use]
    pub const fn file(name: &'a str, text: &'a str) -> Self {
        Self {
            name,
            file: text.len(),
            text: Cow::Borrowed(text),
            settings: Vec::new(),
        }
    }

    /// A file's text with settings; of several for one path the last counts.
    #[must_use]
    pub fn with_settings(name: &'a str, text: &'a str, settings: &[String]) -> Self {
        let mut whole = text.to_owned();
        let mut places = Vec::new();
        for setting in settings {
            whole.push('\n');
            places.push(whole.len()..whole.len() + setting.len());
            whole.push_str(setting);
        }
        Self {
            name,
            file: text.len(),
            text: Cow::Owned(whole),
            settings: places,
        }
    }

    pub(crate) const fn name(&self) -> &'a str {
        self.name
    }

    pub(crate) fn file_text(&self) -> &str {
        &self.text[..self.file]
    }

    /// Text and settings, one after the other.
    pub(crate) fn whole(&self) -> &str {
        &self.text
    }

    /// Where the settings are in the whole.
    pub(crate) fn settings(&self) -> &[Range<usize>] {
        &self.settings
    }

    /// The setting that a place of the whole is in; `None`: it is in the file.
    pub(crate) fn setting_at(&self, place: usize) -> Option<&Range<usize>> {
        self.settings
            .iter()
            .find(|setting| setting.contains(&place) || setting.end == place)
            .filter(|_| place > self.file)
    }
}

/// A setting without what is not to be kept: the key of the area.
#[must_use]
pub fn setting_without_key(setting: &str) -> String {
    match setting.split_once('=') {
        Some((path, value)) if is_secret(path, value) => format!("{path}={NOT_KEPT}"),
        _ => setting.to_owned(),
    }
}

fn is_secret(path: &str, value: &str) -> bool {
    let mut segments = path.split('.').map(str::trim);
    let is_igp = segments.next() == Some("igp");
    is_igp && (segments.next() == Some("authentication") || value.contains("authentication"))
}
