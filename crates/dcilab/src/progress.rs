//! Progress of long work, on standard error: a spinner on a terminal, lines elsewhere.

use core::time::Duration;
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// The progress of one piece of work.
pub struct Progress {
    title: String,
    shown: Shown,
}

/// Where it is shown.
enum Shown {
    Spinner(ProgressBar),
    Lines,
    Told(Box<dyn Fn(&str)>),
}

impl Progress {
    /// Starts to show a piece of work. Dropping it takes the spinner away.
    #[must_use]
    pub fn start(title: &str) -> Self {
        let shown = if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{spinner} {prefix}: {msg} ({elapsed})");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = ProgressBar::new_spinner()
                .with_style(style)
                .with_prefix(title.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            Shown::Spinner(bar)
        } else {
            Shown::Lines
        };
        Self {
            title: title.to_owned(),
            shown,
        }
    }

    /// Progress that somebody else shows: `tell` is handed each step.
    #[must_use]
    pub fn told(tell: impl Fn(&str) + 'static) -> Self {
        Self {
            title: String::new(),
            shown: Shown::Told(Box::new(tell)),
        }
    }

    /// Names what is done now.
    pub fn step(&self, what: &str) {
        match &self.shown {
            Shown::Spinner(bar) => bar.set_message(what.to_owned()),
            Shown::Lines => eprintln!("{}: {what}", self.title),
            Shown::Told(tell) => tell(what),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Shown::Spinner(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}
