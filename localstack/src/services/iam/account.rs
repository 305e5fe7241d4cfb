//! `GetAccountAuthorizationDetails`: all roles with all their policies, in pages.

use super::page::{paged, write_marker};
use super::{inline, managed, role, role_tag};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::protocol::xml::Xml;
use crate::world::World;

/// IAM API, `GetAccountAuthorizationDetails`, for roles; users, groups and policies are not built and must be filtered out.
pub(super) fn authorization_details(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let filter = call.list("Filter");
    if filter != ["Role"] {
        let asked = if filter.is_empty() {
            "no Filter".to_owned()
        } else {
            format!("Filter {}", filter.join(", "))
        };
        return Err(Refusal::not_built(format!(
            "`GetAccountAuthorizationDetails` with {asked} is not built, only Filter Role"
        )));
    }
    let roles = world
        .iam
        .roles
        .iter()
        .map(|(key, role)| (key.clone(), role));
    let page = paged(call, "GetAccountAuthorizationDetails", roles)?;
    let mut xml = Xml::new();
    xml.members("RoleDetailList", &page.items, |xml, role| {
        role::write_head(xml, role, &world.iam);
        xml.element("InstanceProfileList", |_| {});
        inline::write_list(xml, role);
        managed::write_list(xml, role);
        managed::write_boundary(xml, role);
        role_tag::write_unordered(xml, &role.tags);
        role::write_last_used(xml);
    });
    write_marker(&mut xml, &page);
    Ok(Answer::xml(xml))
}
