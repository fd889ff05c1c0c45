//! What is wrong with a topology file: collected, then rendered all at once.

mod code;
mod render;
mod suggest;

use core::fmt;
use core::ops::Range;

pub use code::{Code, Severity};
pub(crate) use suggest::did_you_mean;
pub use suggest::{known, unknown};

/// Bytes of the file that a diagnostic points at.
pub type Span = Range<usize>;

/// More than these are counted, but not kept: nobody reads them, and a hostile file could make millions.
const LIMIT: usize = 100;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of thing; says how severe it is, too.
    pub code: Code,
    /// What is wrong, in one line.
    pub message: String,
    /// Where; `None` for what is nowhere in the file.
    pub span: Option<Span>,
    /// What to say at that place; may be empty.
    pub label: String,
    /// Another place that matters, with what to say there.
    pub context: Option<(Span, String)>,
    /// The cure.
    pub help: Option<String>,
    /// How many more of the same kind there are at the same place: `count` makes many of one table.
    pub more: usize,
}

impl Diagnostic {
    /// A diagnostic at `span`.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            span: Some(span),
            ..Self::nowhere(code, message)
        }
    }

    /// A diagnostic about something that is not in the file.
    pub fn nowhere(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            message,
            span: None,
            label: String::new(),
            context: None,
            help: None,
            more: 0,
        }
    }

    /// Whether another one is of the same kind and at the same place.
    fn is_of_same(&self, other: &Self) -> bool {
        self.span.is_some() && self.code == other.code && self.span == other.span
    }

    /// With a label at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With another place that matters.
    #[must_use]
    pub fn context(mut self, span: Span, label: impl Into<String>) -> Self {
        self.context = Some((span, label.into()));
        self
    }

    /// With the cure.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Error or warning.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// All that is wrong with one file, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    unkept_errors: usize,
}

impl Diagnostics {
    /// Adds one. Of what is wrong with many that one table stands for, the first is kept.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if let Some(first) = self.list.iter_mut().find(|d| d.is_of_same(&diagnostic)) {
            first.more += 1;
            return;
        }
        match diagnostic.severity() {
            _ if self.list.len() < LIMIT => self.list.push(diagnostic),
            Severity::Error => self.unkept_errors += 1,
            Severity::Warning => {}
        }
    }

    /// Puts them in the order of the file; what is nowhere comes last.
    pub(crate) fn sort(&mut self) {
        let place = |d: &Diagnostic| d.span.clone().map_or(usize::MAX, |span| span.start);
        self.list.sort_by_key(place);
    }

    /// Nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// At least one is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.error_count() > 0
    }

    /// How many errors.
    #[must_use]
    pub fn error_count(&self) -> usize {
        let errors = self
            .iter()
            .filter(|d| d.severity() == Severity::Error)
            .count();
        errors + self.unkept_errors
    }

    /// Those kept, at most 100.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }
}

impl fmt::Display for Diagnostics {
    /// One line each, without the source: for logs. People want [`Diagnostics::render`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.list.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{}", diagnostic.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
