//! From durations to places on a picture.

use maud::{Markup, html};

/// Milliseconds along a picture's width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    scale: Scale,
    from: f64,
    to: f64,
    left: f64,
    right: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Linear,
    Logarithmic,
}

impl Axis {
    /// From `from` to `to` milliseconds, between two places.
    pub(super) const fn linear((from, to): (f64, f64), (left, right): (f64, f64)) -> Self {
        Self {
            scale: Scale::Linear,
            from,
            to,
            left,
            right,
        }
    }

    /// The same, where every decade is as wide. What is below `from` stands at its place.
    pub(super) const fn logarithmic((from, to): (f64, f64), (left, right): (f64, f64)) -> Self {
        Self {
            scale: Scale::Logarithmic,
            from,
            to,
            left,
            right,
        }
    }

    /// Where a moment stands; what is outside stands at the edge.
    pub(super) fn place(&self, ms: f64) -> f64 {
        let ms = ms.clamp(self.from, self.to);
        let share = match self.scale {
            Scale::Linear => (ms - self.from) / (self.to - self.from),
            Scale::Logarithmic => (ms / self.from).ln() / (self.to / self.from).ln(),
        };
        rounded(self.left + share * (self.right - self.left))
    }

    pub(super) fn holds(&self, ms: f64) -> bool {
        (self.from..=self.to).contains(&ms)
    }

    /// Moments to write at the axis.
    fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => {
                let wanted = ((self.right - self.left) / 90.0).max(2.0);
                let step = nice((self.to - self.from) / wanted);
                let first = (self.from / step).ceil();
                let steps = (0..64).map(|n| (first + f64::from(n)) * step);
                steps.take_while(|ms| *ms <= self.to).collect()
            }
            Scale::Logarithmic => {
                let decades = (0..12).map(|n| self.from * 10f64.powi(n));
                decades.take_while(|ms| *ms <= self.to * 1.001).collect()
            }
        }
    }

    /// The axis at the height `y`, with lines up to `top`.
    pub(super) fn draw(&self, top: f64, y: f64) -> Markup {
        html! {
            line.axis x1=(self.left) x2=(self.right) y1=(y) y2=(y) {}
            @for tick in self.ticks() {
                @let x = self.place(tick);
                line.grid x1=(x) x2=(x) y1=(top) y2=(y) {}
                text.quiet x=(x) y=(y + 15.0) text-anchor=(self.anchor(x)) { (label(tick)) }
            }
        }
    }

    /// Texts at the edges stay inside.
    fn anchor(&self, x: f64) -> &'static str {
        if x < self.left + 20.0 {
            "start"
        } else if x > self.right - 20.0 {
            "end"
        } else {
            "middle"
        }
    }
}

/// A tenth of a picture's unit is enough.
pub(super) fn rounded(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

/// The next of 1, 2, 5, 10, 20 ... from `step` on.
fn nice(step: f64) -> f64 {
    let decade = 10f64.powf(step.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let factor = factors.into_iter().find(|factor| factor * decade >= step);
    factor.unwrap_or(10.0) * decade
}

fn label(ms: f64) -> String {
    if ms.abs() >= 1000.0 {
        format!("{} s", rounded(ms / 1000.0))
    } else {
        format!("{} ms", rounded(ms))
    }
}

/// Milliseconds of a duration.
pub(super) fn ms(duration: core::time::Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_ticks() {
        let axis = Axis::linear((-10.0, 90.0), (0.0, 1000.0));
        assert_eq!(
            (axis.place(-10.0), axis.place(40.0), axis.place(200.0)),
            (0.0, 500.0, 1000.0)
        );
        assert_eq!(
            axis.ticks(),
            [
                -10.0, 0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0
            ]
        );
        let axis = Axis::logarithmic((1.0, 1000.0), (0.0, 300.0));
        assert_eq!(
            (axis.place(0.0), axis.place(10.0), axis.place(1000.0)),
            (0.0, 100.0, 300.0)
        );
        assert_eq!(axis.ticks(), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!((nice(3.0), nice(0.7), nice(90.0)), (5.0, 1.0, 100.0));
    }
}
