//! "Did you mean": the known word nearest to an unknown one.

/// The word of `known` that `text` was probably meant to be.
pub(crate) fn did_you_mean<'a>(
    text: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Distances grow with the square of the length: no word is so long.
    if text.len() > 64 {
        return None;
    }
    let folded = text.to_lowercase().replace('_', "-");
    let distance = |word: &str| strsim::damerau_levenshtein(&folded, &word.replace('_', "-"));
    let nearest = known
        .into_iter()
        .map(|word| (distance(word), word))
        .min_by_key(|(d, _)| *d)?;
    let (distance, word) = nearest;
    (distance <= word.chars().count().max(3) / 3 && distance < word.len()).then_some(word)
}

/// The known words as a list for people, cut where it gets long.
#[must_use]
pub fn known<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 16;
    let mut words: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    words.dedup();
    let more = if words.len() > SHOWN { ", ..." } else { "" };
    format!("{}{more}", words[..words.len().min(SHOWN)].join(", "))
}

/// For a name that means nothing: what it was probably meant to be, and what there is.
#[must_use]
pub fn unknown<'a>(kind: &str, name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let meant = did_you_mean(name, names.iter().copied());
    let meant = meant.map_or_else(String::new, |word| format!(" (did you mean `{word}`?)"));
    format!(
        "there is no {kind} `{name}`{meant}: there are {}",
        known(names)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_only() {
        let words = ["garp-flood", "igp-only", "mtu", "a"];
        assert_eq!(did_you_mean("garp_flod", words), Some("garp-flood"));
        assert_eq!(did_you_mean("IGP-only", words), Some("igp-only"));
        assert_eq!(did_you_mean("mut", words), Some("mtu"));
        assert_eq!(did_you_mean("d", words), None);
        assert_eq!(did_you_mean("vxlan", words), None);
        assert_eq!(did_you_mean(&"m".repeat(1000), words), None);
    }
}
