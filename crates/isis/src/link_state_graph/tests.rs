//! Systems are numbers; this one is 0.

use wire::isis::{IsNeighbor, Lsp, LspFlags};

use super::*;

fn system(number: u8) -> SystemId {
    SystemId::new([2, 0, 0, 0, 0, number])
}

fn id(number: u8, pseudonode: u8, fragment: u8) -> LspId {
    LspId {
        system: system(number),
        pseudonode,
        fragment,
    }
}

fn address(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, number)
}

/// What a router says: its neighbours, and the address with its number.
fn router(number: u8, neighbors: &[u8]) -> LspTopology {
    LspTopology {
        neighbors: neighbors.iter().map(|n| NodeId::of(system(*n))).collect(),
        addresses: [address(number)].into(),
        overloaded: false,
    }
}

/// A graph of routers, each with fragment 0 alone, walked from 0.
struct Map {
    graph: LinkStateGraph,
    adjacent: Vec<u8>,
}

impl Map {
    fn of(routers: &[(u8, &[u8])], adjacent: &[u8]) -> Self {
        let mut graph = LinkStateGraph::default();
        for (number, neighbors) in routers {
            assert!(graph.replace(id(*number, 0, 0), Some(&router(*number, neighbors))));
        }
        Self {
            graph,
            adjacent: adjacent.to_vec(),
        }
    }

    /// Walks; the news as `+1 -2`.
    fn walk(&mut self) -> String {
        let mut events = Events::default();
        let adjacent = self.adjacent.iter().map(|n| system(*n));
        self.graph.walk(system(0), adjacent, &mut events);
        let mut news = Vec::new();
        while let Some(event) = events.pop() {
            news.push(match event {
                Event::SystemReachable { system } => format!("+{}", system.octets()[5]),
                Event::SystemUnreachable { system } => format!("-{}", system.octets()[5]),
                other => unreachable!("{other:?}"),
            });
        }
        news.join(" ")
    }
}

#[test]
fn a_chain_is_reached_to_its_end_and_lost_behind_the_break() {
    let mut map = Map::of(&[(1, &[0, 2]), (2, &[1, 3]), (3, &[2])], &[1]);
    assert_eq!(map.walk(), "+1 +2 +3");
    assert_eq!(map.walk(), "", "nothing new");
    assert_eq!(map.graph.system_at(address(3)), Some(system(3)));
    assert!(map.graph.replace(id(2, 0, 0), None), "its LSP ended");
    assert_eq!(map.walk(), "-2 -3");
    assert_eq!(map.graph.system_at(address(3)), None);
    assert!(!map.graph.is_reachable(system(3)) && map.graph.is_reachable(system(1)));
    map.adjacent.clear();
    assert_eq!(
        map.walk(),
        "-1",
        "the own adjacency counts, not what the neighbour says"
    );
}

#[test]
fn a_link_counts_when_both_ends_list_it() {
    let mut map = Map::of(&[(1, &[0, 2]), (2, &[3]), (3, &[2])], &[1]);
    assert_eq!(map.walk(), "+1", "2 does not list 1");
    map.graph.replace(id(2, 0, 0), Some(&router(2, &[1, 3])));
    assert_eq!(map.walk(), "+2 +3");
    map.graph.replace(id(1, 0, 0), Some(&router(1, &[2])));
    assert_eq!(map.walk(), "-1 -2 -3", "1 does not list this system");
}

#[test]
fn an_overloaded_system_is_reached_but_not_passed_through() {
    let mut map = Map::of(&[(1, &[0, 2]), (2, &[1])], &[1]);
    let overloaded = LspTopology {
        overloaded: true,
        ..router(1, &[0, 2])
    };
    map.graph.replace(id(1, 0, 0), Some(&overloaded));
    assert_eq!(map.walk(), "+1");
    map.graph.replace(id(1, 0, 0), Some(&router(1, &[0, 2])));
    assert_eq!(map.walk(), "+2");
}

#[test]
fn a_lan_is_passed_through_by_its_pseudonode() {
    let mut map = Map::of(&[(1, &[0])], &[1]);
    let lan = NodeId {
        system: system(1),
        pseudonode: 7,
    };
    for number in [1, 2] {
        let mut said = router(number, &[0]);
        said.neighbors.insert(lan);
        map.graph.replace(id(number, 0, 0), Some(&said));
    }
    assert_eq!(map.walk(), "+1", "nobody speaks for the LAN");
    map.graph.replace(
        id(1, 7, 0),
        Some(&LspTopology {
            addresses: BTreeSet::new(),
            ..router(1, &[1, 2])
        }),
    );
    assert_eq!(map.walk(), "+2");
}

#[test]
fn other_fragments_count_with_fragment_0_alone() {
    let mut map = Map::of(&[(1, &[0]), (2, &[1])], &[1]);
    assert!(map.graph.replace(id(1, 0, 9), Some(&router(1, &[2]))));
    assert_eq!(map.walk(), "+1 +2");
    map.graph.replace(id(1, 0, 0), None);
    assert_eq!(map.walk(), "-1 -2");
    map.graph.replace(id(1, 0, 9), None);
    assert_eq!(map.graph.nodes.len(), 1, "what says nothing is not kept");
}

#[test]
fn what_does_not_touch_the_graph_is_no_change() {
    let mut map = Map::of(&[(1, &[0])], &[1]);
    let same = router(1, &[0]);
    assert!(!map.graph.replace(id(1, 0, 0), Some(&same)), "a refresh");
    let macs_alone = LspTopology::default();
    assert!(!map.graph.replace(id(1, 0, 3), Some(&macs_alone)));
    assert!(!map.graph.replace(id(1, 0, 3), None));
    assert!(!map.graph.replace(id(9, 0, 0), None), "never known");
}

#[test]
fn an_address_is_the_lowest_systems_that_can_be_reached() {
    let mut map = Map::of(&[(1, &[0, 2]), (2, &[1])], &[1]);
    let twin = LspTopology {
        addresses: [address(1), address(2)].into(),
        ..router(2, &[1])
    };
    map.graph.replace(id(2, 0, 0), Some(&twin));
    assert_eq!(map.walk(), "+1 +2");
    assert_eq!(map.graph.system_at(address(1)), Some(system(1)));
    assert_eq!(map.graph.system_at(address(2)), Some(system(2)));
    map.graph.replace(id(2, 0, 0), Some(&router(2, &[1])));
    assert_eq!(map.walk(), "+2", "its addresses have changed");
}

#[test]
fn what_an_lsp_says_is_read_from_its_tlvs() {
    let neighbor = |number, metric| IsNeighbor {
        node: NodeId::of(system(number)),
        metric,
        sub_tlvs: Vec::new(),
    };
    let lsp = Lsp {
        remaining_lifetime: 1200,
        id: id(1, 0, 0),
        sequence: 1,
        flags: LspFlags::LEVEL1.with_overload(),
        tlvs: vec![
            Tlv::ExtendedIsReachability(vec![neighbor(2, 10), neighbor(3, UNUSABLE_METRIC)]),
            Tlv::Ipv4InterfaceAddresses(vec![address(1)]),
            Tlv::ExtendedIsReachability(vec![neighbor(4, 0)]),
        ],
    };
    let bytes = lsp.encode().unwrap();
    let said = LspTopology::of(&LspView::parse(&bytes).unwrap());
    let expected = LspTopology {
        overloaded: true,
        ..router(1, &[2, 4])
    };
    assert_eq!(said, expected);
}
