//! A plan as a shell script around `ip -batch`, as good as we can make it: links are made where they belong
//! at once, and each namespace is configured by one more `ip`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use topology::Plan;
use topology::plan::{Bridge, Veth, VethEnd};

/// Writes the files of the script to a directory; `build.sh` there is run by `bash`.
pub(crate) fn write(plan: &Plan, directory: &Path) -> anyhow::Result<()> {
    let file = |name: &str, text: &str| std::fs::write(directory.join(name), text);
    let mut names = String::new();
    let mut settings = String::new();
    for namespace in &plan.namespaces {
        let node = &namespace.node;
        writeln!(names, "netns add {node}")?;
        let of_node = namespace.sysctls.iter().fold(String::new(), |mut text, s| {
            let _ = writeln!(text, "echo {} > /proc/sys/{}", s.value, s.path);
            text
        });
        file(&format!("{node}.sysctl"), &of_node)?;
        writeln!(
            settings,
            "ip netns exec {node} sh {node}.sysctl 2>/dev/null"
        )?;
    }
    let mut links = plan.bridges.iter().map(bridge).collect::<String>();
    links.extend(plan.veths.iter().map(veth));
    file("names.batch", &names)?;
    file("links.batch", &links)?;
    let mut configure = String::new();
    for (node, batch) in batches(plan) {
        file(&format!("{node}.batch"), &batch)?;
        writeln!(configure, "ip -n {node} -batch {node}.batch")?;
    }
    let script = format!(
        "mount -t tmpfs tmpfs /run/netns\n\
         started=$EPOCHREALTIME\n\
         ip -batch names.batch\n{settings}ip -batch links.batch\n{configure}\
         built=$EPOCHREALTIME\n\
         ip -all netns delete\n\
         echo MEASURED $started $built $EPOCHREALTIME\n"
    );
    Ok(file("build.sh", &script)?)
}

fn bridge(bridge: &Bridge) -> String {
    let Bridge {
        name,
        node,
        mac,
        mtu,
        ..
    } = bridge;
    format!(
        "link add name {name} address {mac} mtu {mtu} netns {node} type bridge \
         stp_state 0 forward_delay 0 mcast_snooping 0\n"
    )
}

fn veth(veth: &Veth) -> String {
    let end = |end: &VethEnd| {
        let VethEnd {
            name,
            mac,
            mtu,
            node,
            ..
        } = end;
        format!("name {name} address {mac} mtu {mtu} netns {node}")
    };
    format!(
        "link add {} type veth peer {}\n",
        end(&veth.near),
        end(&veth.far)
    )
}

/// What is left to do in each namespace.
fn batches(plan: &Plan) -> BTreeMap<&str, String> {
    let mut batches: BTreeMap<&str, String> = BTreeMap::new();
    let mut add = |node: &topology::plan::NodeName, line: String| {
        let batch = batches
            .entry(node_text(plan, node))
            .or_insert_with(|| "link set lo up\n".to_owned());
        batch.push_str(&line);
        batch.push('\n');
    };
    for bridge in &plan.bridges {
        add(&bridge.node, format!("link set {} up", bridge.name));
    }
    for end in plan.veths.iter().flat_map(|veth| [&veth.near, &veth.far]) {
        let master = end.bridge.as_ref();
        let master = master.map_or_else(String::new, |bridge| format!("master {bridge} "));
        add(&end.node, format!("link set {} {master}up", end.name));
    }
    for a in &plan.addresses {
        add(
            &a.node,
            format!(
                "address add {}/{} dev {}",
                a.address, a.prefix_length, a.interface
            ),
        );
    }
    for r in &plan.routes {
        add(
            &r.node,
            format!("route add {} via {}", r.destination, r.gateway),
        );
    }
    for n in &plan.neighbours {
        let line = format!(
            "neighbour replace {} lladdr {} dev {}",
            n.address, n.mac, n.interface
        );
        add(&n.node, line);
    }
    batches
}

/// The plan's own text of a node's name, which lives as long as the plan.
fn node_text<'a>(plan: &'a Plan, node: &topology::plan::NodeName) -> &'a str {
    let mut nodes = plan
        .namespaces
        .iter()
        .map(|namespace| namespace.node.as_str());
    nodes
        .find(|name| *name == node.as_str())
        .unwrap_or_default()
}
