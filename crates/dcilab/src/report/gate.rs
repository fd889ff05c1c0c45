//! What a gate found.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::grid::Grid;
use super::junit::written;
use crate::gate::{Finding, Verdict, overall};

/// The findings as a table, the gravest last.
fn grid(findings: &[Finding]) -> Grid {
    let mut grid = Grid::new(["runs and flow", "limit", "found", "verdict"]);
    let mut ordered: Vec<_> = findings.iter().collect();
    ordered.sort_by_key(|finding| finding.verdict);
    for finding in ordered {
        let verdict = match finding.reason.is_empty() {
            true => finding.verdict.to_string(),
            false => format!("{}: {}", finding.verdict, finding.reason),
        };
        grid.push([&finding.subject, &finding.limit, &finding.found, &verdict]);
    }
    grid
}

fn summary(findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|f| f.verdict == verdict).count();
    format!(
        "gate {}: {} passed, {} failed, {} inconclusive",
        overall(findings),
        count(Verdict::Passed),
        count(Verdict::Failed),
        count(Verdict::Inconclusive)
    )
}

/// For a terminal.
#[must_use]
pub fn text(findings: &[Finding]) -> String {
    format!("\n{}\n{}\n", grid(findings).text(), summary(findings))
}

/// For the summary of a CI job.
#[must_use]
pub fn markdown(findings: &[Finding]) -> String {
    format!("# {}\n\n{}", summary(findings), grid(findings).markdown())
}

/// For what lists tests: one for each finding. What nobody can tell is an error.
#[must_use]
pub fn junit(findings: &[Finding]) -> String {
    let mut suite = TestSuite::new("dcilab gate");
    for finding in findings {
        let mut status = match finding.verdict {
            Verdict::Passed => TestCaseStatus::success(),
            Verdict::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Verdict::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Error),
        };
        if finding.verdict != Verdict::Passed {
            status.set_message(format!("{}, found {}", finding.limit, finding.found));
            status.set_description(&*finding.reason);
        }
        let name = format!("{}: {}", finding.subject, finding.limit);
        let mut case = TestCase::new(name, status);
        case.set_classname("dcilab.gate");
        case.set_system_out(&*finding.found);
        suite.add_test_case(case);
    }
    let mut report = Report::new("dcilab");
    report.add_test_suite(suite);
    written(&report)
}
