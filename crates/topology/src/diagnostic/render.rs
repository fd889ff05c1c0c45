//! Diagnostics as a compiler would show them.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity, Span};
use crate::source::Source;

impl Diagnostics {
    /// The diagnostics as text for a terminal: each with file, line, caret and cure, then a summary.
    ///
    /// `source` is the text that was loaded; `color` adds terminal escapes.
    #[must_use]
    pub fn render(&self, file_name: &str, source: &str, color: bool) -> String {
        self.render_source(&Source::file(file_name, source), color)
    }

    /// The same with settings, which are shown as the file is.
    #[must_use]
    pub fn render_source(&self, source: &Source<'_>, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut out = String::new();
        for diagnostic in self.iter() {
            let report = report(diagnostic, source);
            out.push_str(&renderer.render(&report));
            out.push_str("\n\n");
        }
        if let Some(summary) = self.summary(source.name()) {
            out.push_str(&renderer.render(&[Group::with_title(summary)]));
            out.push('\n');
        }
        out
    }

    fn summary<'a>(&self, file_name: &str) -> Option<annotate_snippets::Title<'a>> {
        let (errors, warnings) = (self.error_count(), self.warning_count());
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let text = match (errors, warnings) {
            (0, 0) => return None,
            (0, _) => count(warnings, "warning"),
            (_, 0) => count(errors, "error"),
            (_, _) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
        };
        let unkept = match self.unkept_errors {
            0 => String::new(),
            n => format!(" ({n} not shown)"),
        };
        let level = if errors > 0 {
            Level::ERROR
        } else {
            Level::WARNING
        };
        let file_name = printable(file_name);
        Some(level.primary_title(format!("{file_name}: {text}{unkept}")))
    }

    fn warning_count(&self) -> usize {
        self.iter()
            .filter(|d| d.severity() == Severity::Warning)
            .count()
    }
}

fn report<'a>(diagnostic: &'a Diagnostic, source: &'a Source<'_>) -> Vec<Group<'a>> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(printable(&diagnostic.message))
        .id(diagnostic.code.slug());
    let mut group = match &diagnostic.span {
        Some(span) => shown(title, diagnostic, span, source),
        None => title.element(Origin::path(source.name())),
    };
    if diagnostic.more > 0 {
        let note = format!("{} more like this, from the same line", diagnostic.more);
        group = group.element(Level::NOTE.message(note));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    vec![group]
}

/// The places that matter, each in the text that it is in.
fn shown<'a>(
    title: annotate_snippets::Title<'a>,
    diagnostic: &'a Diagnostic,
    span: &Span,
    source: &'a Source<'_>,
) -> Group<'a> {
    let primary = Excerpt::of(span, source);
    let label = Some(printable(&diagnostic.label)).filter(|label| !label.is_empty());
    let mut snippet = primary.snippet().annotation(
        AnnotationKind::Primary
            .span(primary.inside(span))
            .label(label),
    );
    let Some((span, label)) = &diagnostic.context else {
        return title.element(snippet);
    };
    let second = Excerpt::of(span, source);
    let context = AnnotationKind::Context
        .span(second.inside(span))
        .label(printable(label));
    if second.start == primary.start {
        snippet = snippet.annotation(context);
        return title.element(snippet);
    }
    title
        .element(snippet)
        .element(second.snippet().annotation(context))
}

/// The file, or one setting.
struct Excerpt<'a> {
    path: &'a str,
    text: &'a str,
    /// Where it begins in the whole.
    start: usize,
}

impl<'a> Excerpt<'a> {
    fn of(span: &Span, source: &'a Source<'_>) -> Self {
        match source.setting_at(span.start) {
            Some(setting) => Self {
                path: "--set",
                text: &source.whole()[setting.clone()],
                start: setting.start,
            },
            None => Self {
                path: source.name(),
                text: source.file_text(),
                start: 0,
            },
        }
    }

    fn snippet(&self) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        Snippet::source(self.text).path(self.path)
    }

    fn inside(&self, span: &Span) -> Span {
        let from_start = |place: usize| place.saturating_sub(self.start).min(self.text.len());
        inside(&(from_start(span.start)..from_start(span.end)), self.text)
    }
}

/// The span, moved to character boundaries of the source: the renderer indexes with it.
fn inside(span: &Span, source: &str) -> Span {
    let start = source.floor_char_boundary(span.start);
    let end = source.ceil_char_boundary(span.end).max(start);
    start..end
}

/// Texts quote the file: a terminal acts on control characters, and nobody reads a megabyte.
fn printable(text: &str) -> String {
    const SHOWN: usize = 600;
    let shown = |c: char| {
        if c.is_control() && c != '\n' {
            '\u{fffd}'
        } else {
            c
        }
    };
    let mut out: String = text.chars().take(SHOWN).map(shown).collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push_str("...");
    }
    out
}
