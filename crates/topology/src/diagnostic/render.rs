//! Diagnostics as a compiler would show them.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity, Span};

impl Diagnostics {
    /// The diagnostics as text for a terminal: each with file, line, caret and cure, then a summary.
    ///
    /// `source` is the text that was loaded; `color` adds terminal escapes.
    #[must_use]
    pub fn render(&self, file_name: &str, source: &str, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut out = String::new();
        for diagnostic in self.iter() {
            let report = report(diagnostic, file_name, source);
            out.push_str(&renderer.render(&report));
            out.push_str("\n\n");
        }
        if let Some(summary) = self.summary(file_name) {
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

fn report<'a>(diagnostic: &'a Diagnostic, file_name: &'a str, source: &'a str) -> Vec<Group<'a>> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(printable(&diagnostic.message))
        .id(diagnostic.code.slug());
    let mut group = match &diagnostic.span {
        Some(span) => title.element(snippet(diagnostic, span, file_name, source)),
        None => title.element(Origin::path(file_name)),
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

fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    span: &Span,
    file_name: &'a str,
    source: &'a str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let label = Some(printable(&diagnostic.label)).filter(|label| !label.is_empty());
    let primary = AnnotationKind::Primary
        .span(inside(span, source))
        .label(label);
    let context = diagnostic.context.as_ref().map(|(span, label)| {
        AnnotationKind::Context
            .span(inside(span, source))
            .label(printable(label))
    });
    Snippet::source(source)
        .path(file_name)
        .annotation(primary)
        .annotations(context)
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
