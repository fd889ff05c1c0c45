//! What has to have arrived, and what tshark saw between the devices.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, anyhow, ensure};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::{cast, dissection};
use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::observe::{DROP_ELIGIBLE, LOCAL_TAG, ROLE, Refused, TAG, Told, capture_file};
use crate::scene::ED_A;

type Test = fn(&Observed) -> anyhow::Result<()>;

/// The lab, run once by the first test that asks for it.
struct Observed {
    told: Told,
    capture: PathBuf,
    /// Holds the capture.
    _scratch: TempDir,
}

impl Observed {
    fn run() -> anyhow::Result<Self> {
        let scratch = TempDir::new()?;
        let output = cast::role(ROLE).arg(scratch.path()).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "the lab ended with {}:\n{said}",
            output.status
        );
        Ok(Self {
            told: serde_json::from_slice(&output.stdout).context("what the lab told")?,
            capture: capture_file(scratch.path()),
            _scratch: scratch,
        })
    }

    /// Frames that ED-A sent on its EVI link and that match.
    fn sent(&self, filter: &str) -> anyhow::Result<usize> {
        dissection::count(
            &self.capture,
            &format!("gre && ip.src == {ED_A} && {filter}"),
        )
    }
}

const LAB: &[Requirement] = &[Requirement::Lab];
const DISSECTED: &[Requirement] = &[Requirement::Lab, Requirement::Tshark];

const TESTS: [(&str, &[Requirement], Test); 8] = [
    (
        "a_kernel_host_behind_an_access_port_answers_a_ping_from_a_trunk",
        LAB,
        ping,
    ),
    (
        "priority_is_kept_between_access_port_and_trunk",
        LAB,
        priority,
    ),
    (
        "frames_of_the_full_mtu_pass_a_trunk_both_ways",
        LAB,
        largest,
    ),
    (
        "a_device_warns_of_a_trunk_that_is_too_large_for_the_tunnel",
        LAB,
        warnings,
    ),
    (
        "a_vlan_that_is_not_extended_is_switched_in_its_site",
        LAB,
        local,
    ),
    (
        "what_a_trunk_refuses_is_named_and_goes_nowhere",
        LAB,
        refused,
    ),
    (
        "tshark_sees_the_inner_tag_with_its_priority",
        DISSECTED,
        inner_tag,
    ),
    (
        "tshark_sees_nothing_of_a_vlan_that_is_not_extended",
        DISSECTED,
        nothing_local,
    ),
];

pub(crate) fn trials() -> Vec<Trial> {
    let observed: Arc<OnceLock<Result<Observed, String>>> = Arc::default();
    let trial = |(name, needed, test): (&str, &[Requirement], Test)| {
        let observed = observed.clone();
        needing(needed, name, move || {
            let run = || Observed::run().map_err(|error| format!("{error:#}"));
            let observed = observed.get_or_init(run);
            test(observed.as_ref().map_err(|error| anyhow!("{error}"))?)
        })
    };
    TESTS.into_iter().map(trial).collect()
}

fn ping(observed: &Observed) -> anyhow::Result<()> {
    let Told {
        arp_reply,
        echo_reply,
        ..
    } = &observed.told;
    // The kernel host has no priorities.
    ensure!(
        (*arp_reply, *echo_reply) == (Some(100), Some(100)),
        "{:?}",
        observed.told
    );
    Ok(())
}

fn priority(observed: &Observed) -> anyhow::Result<()> {
    let told = &observed.told;
    ensure!(told.access_to_trunk == Some(DROP_ELIGIBLE), "{told:?}");
    ensure!(
        told.access_to_native.is_none() && told.trunk_to_access.is_none(),
        "{told:?}"
    );
    Ok(())
}

fn largest(observed: &Observed) -> anyhow::Result<()> {
    ensure!(observed.told.largest == (1514, 1514), "{:?}", observed.told);
    Ok(())
}

/// ED-A's large port carries nothing that goes through the tunnel; ED-B's trunk does.
fn warnings(observed: &Observed) -> anyhow::Result<()> {
    let [a, b] = &observed.told.warnings;
    ensure!(a.is_empty(), "ed-a: {a:?}");
    let names_it = |text: &str| text.contains("site port trunk (MTU 1559) need 1601 bytes");
    ensure!(b.len() == 1 && names_it(&b[0]), "ed-b: {b:?}");
    Ok(())
}

fn local(observed: &Observed) -> anyhow::Result<()> {
    let told = &observed.told;
    // Back from an access port the frame has the priority of one without a tag.
    ensure!(
        (told.local_to_access, told.local_to_trunk) == (None, Some(300)),
        "{told:?}"
    );
    Ok(())
}

fn refused(observed: &Observed) -> anyhow::Result<()> {
    let told = &observed.told;
    let expected = Refused {
        untagged: 1,
        not_on_trunk: 1,
        reserved: 1,
        service_tag: 1,
        not_extended: 1,
        double_tagged: [1, 1],
    };
    ensure!(told.refused == expected, "{:?}", told.refused);
    ensure!(told.strayed.is_empty(), "heard: {:?}", told.strayed);
    Ok(())
}

fn inner_tag(observed: &Observed) -> anyhow::Result<()> {
    let (vlan, priority) = (TAG & 0x0fff, TAG >> 13);
    let inner = format!("vlan.id == {vlan} && vlan.priority == {priority}");
    for (what, kind) in [
        (
            "ARP request",
            "arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.0.2",
        ),
        ("echo request", "icmp.type == 8"),
    ] {
        let count = observed.sent(&format!("{inner} && {kind}"))?;
        ensure!(
            count == 1,
            "{what}: {count} frames with VLAN {vlan}, priority {priority}"
        );
    }
    let eligible = observed.sent(&format!("{inner} && vlan.dei == 1"))?;
    ensure!(eligible == 1, "{eligible} frames are drop eligible");
    Ok(())
}

fn nothing_local(observed: &Observed) -> anyhow::Result<()> {
    let local = LOCAL_TAG & 0x0fff;
    let extended = observed.sent("isis.lsp.mac_reachability.vlan == 100")?;
    ensure!(extended > 0, "the guest in VLAN 100 was never published");
    for (what, filter) in [
        ("frames", format!("vlan.id == {local}")),
        (
            "publications",
            format!("isis.lsp.mac_reachability.vlan == {local}"),
        ),
        ("words", "frame contains \"local\"".to_owned()),
    ] {
        let count = observed.sent(&filter)?;
        ensure!(count == 0, "{count} {what} of VLAN {local} on the uplink");
    }
    Ok(())
}
