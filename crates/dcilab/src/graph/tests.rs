use super::layout::Layout;
use super::*;

const THREE_SITE: &str = include_str!("../../../../topologies/three-site.toml");

fn planned() -> Graph {
    let topology = topology::Topology::load("three-site.toml", THREE_SITE).unwrap();
    Graph::of_plan(&topology.plan())
}

/// As a lab whose third device has lost its neighbours, and has not said so to the others yet.
fn broken() -> Graph {
    let mut graph = planned();
    graph.title = "a <lab> & \"more\"".to_owned();
    for link in &mut graph.links {
        let is_up = !link.ends.contains(&"ed-c".to_owned());
        let far = if is_up {
            AdjacencyState::Up
        } else {
            AdjacencyState::Down
        };
        link.states = [Some(AdjacencyState::Up), Some(far)];
    }
    graph
}

fn mesh(sites: usize) -> Graph {
    let address = |n: usize| Ipv4Addr::from(u32::try_from(n).unwrap());
    let devices = (0..sites).map(|n| (format!("s{n}"), format!("ed-{n}"), address(n)));
    let mut graph = Graph::of_devices("mesh".to_owned(), devices);
    for a in 0..sites {
        for b in (0..sites).filter(|b| *b != a) {
            graph.join(&format!("ed-{a}"), address(b), Some(AdjacencyState::Up));
        }
    }
    graph
}

#[test]
fn each_link_is_there_once_and_each_host_where_it_is() {
    let graph = planned();
    let pairs: Vec<_> = graph.links.iter().map(|link| link.ends.join(" ")).collect();
    assert_eq!(pairs, ["ed-a ed-b", "ed-a ed-c", "ed-b ed-c"]);
    let at = |site: &str| {
        let site = graph.sites.iter().find(|found| found.name == site).unwrap();
        site.hosts
            .iter()
            .map(|host| &*host.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(at("a"), ["vm1", "client-a"]);
    assert_eq!(at("c"), ["client-c"]);
    assert_eq!(mesh(5).links.len(), 10);
    assert!(mesh(5).links.iter().all(|l| l.condition() == Condition::Up));
}

#[test]
fn a_device_that_says_nothing_turns_no_link_around() {
    let mut graph = planned();
    graph.links.clear();
    let address = graph.sites[1].devices[0].address;
    graph.join("ed-c", address, Some(AdjacencyState::Down));
    assert_eq!(graph.links[0].ends.join(" "), "ed-b ed-c");
    assert_eq!(graph.links[0].words(), "ed-b unknown, ed-c Down");
}

#[test]
fn a_link_is_up_when_both_ends_say_so() {
    let words: Vec<_> = broken().links.iter().map(EviLink::words).collect();
    let half = |a: &str| format!("{a} Up, ed-c Down");
    assert_eq!(words, ["Up".to_owned(), half("ed-a"), half("ed-b")]);
    let one = EviLink {
        ends: ["x".to_owned(), "y".to_owned()],
        states: [Some(AdjacencyState::Up), None],
    };
    assert_eq!(one.condition(), Condition::NotUp);
    assert_eq!(one.words(), "x Up, y unknown");
}

#[test]
fn every_way_to_draw_shows_every_name_and_state() {
    let graph = broken();
    for (way, drawn) in [
        ("text", text(&graph)),
        ("mermaid", mermaid(&graph)),
        ("dot", dot(&graph)),
        ("svg", svg(&graph)),
    ] {
        let names = [
            "site a", "site b", "site c", "ed-a", "ed-b", "ed-c", "vm1", "client-b",
        ];
        for name in names
            .iter()
            .chain(&["VM", "10.100.0.10", "ed-b Up, ed-c Down"])
        {
            assert!(drawn.contains(name), "{way}: no {name}:\n{drawn}");
        }
    }
}

#[test]
fn what_is_not_up_is_told_without_colour() {
    assert!(text(&broken()).contains("ed-a - - - ed-c"));
    assert!(mermaid(&broken()).contains("ed0 -.-|\"ed-a Up, ed-c Down\"| ed2"));
    assert_eq!(dot(&broken()).matches("style=dashed").count(), 2);
    // Two of the three, and one in the legend.
    assert_eq!(svg(&broken()).matches("stroke-dasharray").count(), 3);
    assert_eq!(svg(&planned()).matches("stroke-dasharray").count(), 0);
}

#[test]
fn names_do_not_break_out() {
    let svg = svg(&broken());
    assert!(svg.contains("a &lt;lab&gt; &amp; \"more\"</text>"), "{svg}");
    assert!(dot(&broken()).starts_with("graph \"a <lab> & \\\"more\\\"\" {"));
    assert!(mermaid(&broken()).contains("title: \"a <lab> & \\\"more\\\"\""));
}

#[test]
fn no_two_boxes_touch_and_all_are_in_the_picture() {
    for sites in [1, 2, 3, 4, 5, 9, 64] {
        let layout = Layout::of(&mesh(sites));
        for (n, frame) in layout.frames.iter().enumerate() {
            assert!(frame.left() > 0.0 && frame.left() + frame.width < layout.width);
            assert!(frame.top() > 0.0 && frame.top() + frame.height < layout.height);
            for other in &layout.frames[n + 1..] {
                let dx = (frame.middle.x - other.middle.x).abs();
                let dy = (frame.middle.y - other.middle.y).abs();
                let is_apart = dx > frame.width || dy > frame.height.max(other.height);
                assert!(is_apart, "{sites} sites: {frame:?} {other:?}");
            }
        }
    }
}
