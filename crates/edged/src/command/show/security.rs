//! `edged show security`.

use edge_api::{Protection, Security};

pub(super) fn table(security: &Security) -> String {
    let set = |names: &[String]| match names {
        [] => "none".to_owned(),
        names => names.join(" "),
    };
    let held = &security.capabilities;
    let privileges = if security.no_new_privs {
        "none can be gained"
    } else {
        "can be gained"
    };
    let landlock = protection(&security.landlock, |it| {
        let known = if it.is_complete {
            ""
        } else {
            ", as far as this kernel knows it"
        };
        format!(
            "in force{known}, version {}; allowed: {}",
            it.abi,
            it.allows.join(", ")
        )
    });
    let seccomp = protection(&security.seccomp, |it| {
        format!(
            "in force, mode {}; system calls allowed: {}",
            it.mode, it.allowed
        )
    });
    format!(
        "User and group  {} {}\nEffective       {}\nPermitted       {}\nInheritable     {}\n\
         Bounding        {}\nAmbient         {}\nNew privileges  {privileges}\n\
         Landlock        {landlock}\nSeccomp         {seccomp}\n",
        security.uid,
        security.gid,
        set(&held.effective),
        set(&held.permitted),
        set(&held.inheritable),
        set(&held.bounding),
        set(&held.ambient),
    )
}

fn protection<T>(of: &Protection<T>, in_force: impl Fn(&T) -> String) -> String {
    match of {
        Protection::InForce(it) => in_force(it),
        Protection::NotAvailable(why) => format!("not available: {why}"),
        Protection::SwitchedOff => "switched off (--no-sandbox)".to_owned(),
    }
}
