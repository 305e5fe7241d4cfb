//! The unique id of a role, at the end of the description of what runs as the role.
//!
//! A role that is deleted and created again keeps its ARN, and is another role to everything that was granted to it, such as the grant with
//! which Lambda decrypts variables. Services return only the ARN. The id in a description shows which role was sent last, and a new one
//! makes a change that sends the role again.

const BEFORE: &str = ", role ";

/// Returns a description with the id of the role at its end.
pub fn described(description: &str, role_id: Option<&str>) -> String {
    match role_id {
        Some(id) => format!("{description}{BEFORE}{id}"),
        None => description.to_owned(),
    }
}

/// Splits a description into the text before the id of the role, and the id.
pub fn split(description: &str) -> (String, Option<String>) {
    match description.rsplit_once(BEFORE) {
        Some((text, id)) if is_role_id(id) => (text.to_owned(), Some(id.to_owned())),
        _ => (description.to_owned(), None),
    }
}

/// Returns whether a text can be the unique id of a role (IAM API, `Role`: `RoleId`).
fn is_role_id(text: &str) -> bool {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    (16..=128).contains(&text.len()) && text.chars().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AROAQ226GLGDANR3OPICH";

    #[test]
    fn a_description_with_the_id_of_a_role_splits_into_both() {
        for (text, id) in [
            ("agentctl: triage", Some(ID)),
            ("agentctl: triage", None),
            ("", Some(ID)),
            ("by hand, role unknown", None),
        ] {
            let written = described(text, id);
            assert_eq!(split(&written), (text.to_owned(), id.map(str::to_owned)));
        }
    }
}
