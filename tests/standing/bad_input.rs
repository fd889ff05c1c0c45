//! What cannot be done is said with a cure, and leaves nothing.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use anyhow::ensure;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;

use crate::house::House;

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("wrong_names_are_told_with_what_there_is", names),
        lab("a_lab_that_cannot_be_built_says_why_and_is_gone", broken),
        lab("a_lab_that_takes_too_long_is_given_up", too_long),
        lab(
            "garbage_on_the_socket_is_answered_and_harms_nobody",
            garbage,
        ),
        lab(
            "a_directory_that_others_can_write_to_is_refused",
            foreign_directory,
        ),
    ]
}

fn names() -> anyhow::Result<()> {
    let house = House::new("names")?;
    house.up("")?;
    let cases: [(&str, &[&str]); 7] = [
        ("migrate vm2 c", &["no VM `vm2`", "did you mean `vm1`"]),
        ("migrate client-a c", &["observers stay", "role = \"vm\""]),
        ("migrate vm1 x", &["no site `x`", "`a`, `b`, `c`"]),
        ("migrate vm1 a", &["is at site `a` already"]),
        ("announce client-x", &["no host `client-x`", "client-a"]),
        ("show mac --on ed-x", &["no edge device `ed-x`"]),
        ("ping vm1 client-d", &["no host `client-d`"]),
    ];
    for (line, texts) in cases {
        house.say(line)?.expect(2)?.complains(texts)?;
    }
    house
        .say("show mac --lab three-sites")?
        .expect(2)?
        .complains(&["did you mean `three-site`"])?;
    let bad = format!("up {} --name a/b", house.topology());
    house
        .say(&bad)?
        .expect(2)?
        .complains(&["cannot name a lab"])?;
    Ok(())
}

fn broken() -> anyhow::Result<()> {
    let house = House::new("broken")?;
    let line = format!("up {} --edged /bin/false", house.topology());
    house
        .say(&line)?
        .expect(5)?
        .complains(&["edge device ed-a ended"])?;
    gone(&house)
}

fn too_long() -> anyhow::Result<()> {
    let house = House::new("too-long")?;
    let line = format!("up {} --igp frr --timeout 500ms", house.topology());
    house
        .say(&line)?
        .expect(5)?
        .complains(&["not come so far in time", "--timeout"])?;
    gone(&house)
}

fn gone(house: &House) -> anyhow::Result<()> {
    house.expect_no_process()?;
    house.say("ps")?.expect(0)?.complains(&["no lab is up"])?;
    Ok(())
}

fn garbage() -> anyhow::Result<()> {
    let house = House::new("garbage")?;
    house.up("--wait links")?;
    let socket = house.runtime().join("dcilab/three-site.sock");
    let answer = |text: &[u8]| -> anyhow::Result<String> {
        let mut stream = UnixStream::connect(&socket)?;
        stream.write_all(text)?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let told = answer(b"{\"request\":\"reboot\"}\n")?;
    ensure!(told.contains("not a request"), "{told}");
    // Cut short, not text, and longer than any request: no answer, and no harm.
    for text in [
        &b"{\"request\":"[..],
        &[0xff, 0xfe, b'\n'],
        &[b'x'; 100_000],
    ] {
        let _ = answer(text);
    }
    let told = answer(
        b"{\"request\":\"device\",\"device\":\"ed-a\",\"ask\":{\"request\":\"shutdown\"}}\n",
    )?;
    ensure!(told.contains("keeps its devices running"), "{told}");
    house.say("show status")?.expect(0)?.tells(&["ed-a"])?;
    Ok(())
}

fn foreign_directory() -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new("foreign")?;
    let directory = house.runtime().join("dcilab");
    std::fs::create_dir(&directory)?;
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o777))?;
    house
        .say("ps")?
        .expect(5)?
        .complains(&["others can write to it"])?;
    Ok(())
}
