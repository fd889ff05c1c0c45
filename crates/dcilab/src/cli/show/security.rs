//! What the processes of edge devices may still do.

use edge_api::Protection;
use edge_api::protocol::Response;

use super::Answers;
use super::sheet::{Kind, Sheet};

pub(super) fn security(answers: &Answers) -> Sheet {
    let mut sheet = Sheet::new([
        ("edge device", Kind::Key),
        ("user", Kind::Value),
        ("capabilities", Kind::Value),
        ("new privileges", Kind::Value),
        ("Landlock", Kind::Value),
        ("seccomp", Kind::Value),
    ]);
    for (device, answer) in answers {
        let Response::Security(security) = answer else {
            continue;
        };
        let capabilities = match &security.capabilities.effective {
            none if none.is_empty() => "none".to_owned(),
            some => some.join(" "),
        };
        let privileges = match security.no_new_privs {
            true => "none can be gained",
            false => "can be gained",
        };
        sheet.push([
            device.clone(),
            security.uid.to_string(),
            capabilities,
            privileges.to_owned(),
            protection(&security.landlock, |it| format!("version {}", it.abi)),
            protection(&security.seccomp, |it| {
                format!("{} system calls allowed", it.allowed)
            }),
        ]);
    }
    sheet
}

fn protection<T>(of: &Protection<T>, in_force: impl Fn(&T) -> String) -> String {
    match of {
        Protection::InForce(it) => format!("in force, {}", in_force(it)),
        Protection::NotAvailable(why) => format!("not available: {why}"),
        Protection::SwitchedOff => "switched off (--no-sandbox)".to_owned(),
    }
}
