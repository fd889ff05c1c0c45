//! Mistakes about many sites and hosts, and about what sites have of their own.

use super::diagnostics::Mistake;

pub(super) const WRONG: &[Mistake] = &[
    (
        "count",
        &[
            ("name = \"b\"", "name = \"b{n}\""),
            ("name = \"vm1\"", "name = \"vm\"\ncount = 0"),
            ("name = \"client-a\"", "name = \"client\"\ncount = \"3\""),
        ],
    ),
    (
        "count-collisions",
        &[
            ("name = \"vm1\"", "name = \"vm{n}\"\ncount = 20"),
            ("name = \"client-a\"", "name = \"vm2\""),
            (
                "name = \"client-b\"",
                "name = \"client-of-b\"\ncount = 120\nmac = \"02:00:00:00:00:07\"",
            ),
            (
                "address = \"10.100.0.3\"",
                "address = \"10.100.0.29\"\nmac = \"02:00:00:00:00:09\"",
            ),
        ],
    ),
    (
        "count-sites",
        &[(
            "name = \"client-b\"\nrole = \"observer\"\nsite = \"b\"",
            "name = \"o\"\ncount = 3\nrole = \"observer\"\nsite = \"s{n}\"",
        )],
    ),
    (
        "static-vm",
        &[("role = \"vm\"", "role = \"vm\"\nstatic = true")],
    ),
    (
        "not-extended",
        &[("id = 100", "id = 100\nextended = false")],
    ),
    (
        "attachment",
        &[
            ("name = \"a\"", "name = \"a\"\nattachment = \"direkt\""),
            ("name = \"b\"", "name = \"b\"\nattachment = \"direct\""),
            ("style = \"netns\"", "style = \"replug\""),
        ],
    ),
    (
        "direct-ports",
        &[
            ("name = \"a\"", "name = \"a\"\nattachment = \"direct\""),
            (
                "name = \"vm1\"\nrole = \"vm\"",
                "name = \"vm\"\nrole = \"vm\"\ncount = 64",
            ),
        ],
    ),
    (
        "mesh",
        &[
            ("[igp]\n", "[igp]\nmesh = \"star\"\nhub = \"d\"\n"),
            (
                "name = \"b\"",
                "name = \"b\"\nmode = \"igp\"\nigp = { profil = \"cisco\" }",
            ),
        ],
    ),
    (
        "hub",
        &[("[igp]\n", "[igp]\nmesh = \"ring\"\nhub = \"b\"\n")],
    ),
    (
        "site-timers",
        &[(
            "name = \"b\"",
            "name = \"b\"\nigp = { timers = { max_age = \"10s\" } }",
        )],
    ),
];
