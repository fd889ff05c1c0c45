//! Experiments of one kind, and what is drawn from them.

use core::fmt;
use core::time::Duration;

use edge_api::{Mode, TimerProfile};
use meter::{Measured, analysis::Recovery};

use super::{FlowResult, ResultFile, RunResult, Warmth};

/// A kind of experiment: what is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// How the edge devices handle the move.
    pub mode: Mode,
    /// The IGP's timers.
    pub profile: TimerProfile,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with `{}`", self.mode, self.profile)
    }
}

/// The repeats of one kind of experiment.
#[derive(Debug)]
pub struct Sample<'a> {
    /// Those that count.
    pub counted: Vec<&'a RunResult>,
    /// How many do not: their meter was disturbed, or their lab failed.
    pub left_out: usize,
}

impl Sample<'_> {
    /// At least half of them count.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        !self.counted.is_empty() && self.counted.len() >= self.left_out
    }
}

/// A figure of a flow that repeats have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Loss of connectivity.
    Outage,
    /// Outage less the floor.
    ControlPlaneShare,
    /// From the trigger until it worked again for good.
    Recovery,
    /// Lost probes.
    Lost,
    /// Probes that arrived more than once.
    Duplicated,
    /// Probes that arrived after a later one.
    Reordered,
}

impl Value {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Outage,
        Self::ControlPlaneShare,
        Self::Recovery,
        Self::Lost,
        Self::Duplicated,
        Self::Reordered,
    ];

    /// The name, as in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::ControlPlaneShare => "control-plane-share",
            Self::Recovery => "recovery",
            Self::Lost => "lost",
            Self::Duplicated => "duplicated",
            Self::Reordered => "reordered",
        }
    }

    /// A number of probes, not a duration.
    #[must_use]
    pub const fn is_count(self) -> bool {
        matches!(self, Self::Lost | Self::Duplicated | Self::Reordered)
    }

    /// Of a flow. A count is carried as so many nanoseconds, known exactly: what is done with order and
    /// bounds is the same.
    #[must_use]
    pub fn of(self, flow: &FlowResult) -> Measured {
        let report = &flow.report;
        let count =
            |count| Measured::between(Duration::from_nanos(count), Duration::from_nanos(count));
        match self {
            Self::Outage => report.outage.duration,
            Self::ControlPlaneShare => flow.control_plane_share,
            Self::Recovery => match report.recovery {
                Recovery::Undisturbed => Measured::none_within(report.rate.interval()),
                Recovery::Recovered { after, .. } | Recovery::NotRecovered { after } => after,
            },
            Self::Lost => count(report.lost),
            Self::Duplicated => count(report.duplicated),
            Self::Reordered => count(report.reordered),
        }
    }

    /// For people.
    #[must_use]
    pub fn show(self, measured: &Measured) -> String {
        if self.is_count() {
            measured.value.as_nanos().to_string()
        } else {
            measured.to_string()
        }
    }
}

impl ResultFile {
    /// The kinds of experiments that were tried, in the order in which they were begun.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let failed = self.failed.iter().map(|failed| Cell {
            mode: failed.mode,
            profile: failed.igp_profile,
        });
        let mut cells = Vec::new();
        for cell in self.runs.iter().map(RunResult::cell).chain(failed) {
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        }
        cells
    }

    /// The repeats of a kind: the warm ones, or where there is none but the cold one, that.
    #[must_use]
    pub fn sample(&self, cell: Cell) -> Sample<'_> {
        let is_failed = |cold: bool| {
            let of_cell = self.failed.iter().filter(move |failed| {
                failed.mode == cell.mode && failed.igp_profile == cell.profile
            });
            of_cell.filter(move |failed| (failed.repeat == 1) == cold)
        };
        let runs = |warmth| {
            let of_cell = self.runs.iter().filter(move |run| run.cell() == cell);
            of_cell.filter(move |run| run.warmth == warmth)
        };
        let is_repeated = runs(Warmth::Warm).next().is_some() || is_failed(false).next().is_some();
        let warmth = if is_repeated {
            Warmth::Warm
        } else {
            Warmth::Cold
        };
        let (counted, disturbed): (Vec<_>, Vec<_>) = runs(warmth).partition(|run| run.counts());
        Sample {
            counted,
            left_out: disturbed.len() + is_failed(!is_repeated).count(),
        }
    }
}

impl RunResult {
    /// The flow between these two.
    #[must_use]
    pub fn flow(&self, from: &str, to: &str) -> Option<&FlowResult> {
        let mut flows = self.flows.iter();
        flows.find(|flow| flow.from == from && flow.to == to)
    }
}

impl Sample<'_> {
    /// A value of one flow in every repeat that counts.
    #[must_use]
    pub fn values(&self, from: &str, to: &str, value: Value) -> Vec<Measured> {
        let flows = self.counted.iter().filter_map(|run| run.flow(from, to));
        flows.map(|flow| value.of(flow)).collect()
    }
}
