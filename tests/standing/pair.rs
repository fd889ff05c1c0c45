//! The smallest lab: two sites, a VM and an observer.

use crate::house::House;

/// The topology; another seed gives other MAC addresses.
pub(crate) fn text(seed: u64) -> String {
    format!(
        "name = \"pair\"\nseed = {seed}\n\
         [[vlan]]\nid = 100\nprefix = \"10.100.0.0/24\"\n\
         [[site]]\nname = \"a\"\n[[site]]\nname = \"b\"\n\
         [[host]]\nname = \"vm1\"\nrole = \"vm\"\nsite = \"a\"\nvlan = 100\n\
         [[host]]\nname = \"client-b\"\nrole = \"observer\"\nsite = \"b\"\nvlan = 100\n\
         [migration]\nvm = \"vm1\"\nto = \"b\"\n\
         [probes]\nbaseline = \"50ms\"\nsettle = \"50ms\"\n"
    )
}

/// Writes it for a user; the file.
pub(crate) fn pair(house: &House, seed: u64) -> anyhow::Result<String> {
    let file = house.place().join("pair.toml");
    std::fs::write(&file, text(seed))?;
    Ok(file.display().to_string())
}
