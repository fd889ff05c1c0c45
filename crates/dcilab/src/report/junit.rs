//! `junit.xml`: what CI systems list as tests.
//!
//! A suite for each kind of experiment, a test for each flow of each run. One whose meter was disturbed
//! is skipped, with the reason; an experiment without a result is an error.

use core::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::grids::flow_name;
use crate::result::{Cell, FlowResult, ResultFile, RunResult};

pub(super) fn text(file: &ResultFile) -> String {
    let mut report = Report::new("dcilab");
    for cell in file.cells() {
        report.add_test_suite(suite(file, cell));
    }
    written(&report)
}

/// As text. Nothing that is written here can be refused.
pub(super) fn written(report: &Report) -> String {
    let text = report.to_string().unwrap_or_default();
    // The schemas that CI systems check against know `skipped` of suites alone.
    let Some((head, rest)) = text.split_once("<testsuites ") else {
        return text;
    };
    let (attributes, rest) = rest.split_once('>').unwrap_or((rest, ""));
    let attributes = attributes.split_inclusive('"').collect::<Vec<_>>();
    let kept: String = attributes
        .chunks(2)
        .filter(|pair| !pair.concat().trim_start().starts_with("skipped="))
        .map(<[&str]>::concat)
        .collect();
    format!("{head}<testsuites {kept}>{rest}")
}

fn suite(file: &ResultFile, cell: Cell) -> TestSuite {
    let mut suite = TestSuite::new(cell.to_string().replace('`', ""));
    for run in file.runs.iter().filter(|run| run.cell() == cell) {
        suite.add_test_cases(run.flows.iter().map(|flow| case(run, flow)));
    }
    let is_of_cell =
        |f: &&crate::result::FailedRun| f.mode == cell.mode && f.igp_profile == cell.profile;
    for failed in file.failed.iter().filter(is_of_cell) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message("the experiment came to no result");
        status.set_description(&*failed.error);
        let name = format!("repeat {}", failed.repeat);
        let mut case = TestCase::new(name, status);
        case.set_classname(class(cell));
        suite.add_test_case(case);
    }
    suite
}

fn class(cell: Cell) -> String {
    format!("dcilab.{}.{}", cell.profile, cell.mode)
}

fn case(run: &RunResult, flow: &FlowResult) -> TestCase {
    let mut status = TestCaseStatus::success();
    if !run.counts() {
        status = TestCaseStatus::skipped();
        status.set_message("inconclusive: the meter was disturbed");
        status.set_description(run.disturbances.join("\n"));
    }
    let name = format!("{}, repeat {}", flow_name(flow), run.repeat);
    let mut case = TestCase::new(name, status);
    case.set_classname(class(run.cell()));
    case.set_time(took(flow));
    let report = &flow.report;
    case.set_system_out(format!(
        "lost {} of {} probes; outage {}; floor {:.3?}; beyond the floor {}",
        report.lost,
        report.judged,
        report.outage.duration,
        run.floor.total(),
        flow.control_plane_share
    ));
    case
}

/// For how long probes were judged.
fn took(flow: &FlowResult) -> Duration {
    flow.report.rate.duration_of(flow.report.judged)
}
