//! What the policies of a caller and of a resource decide together.
//!
//! IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic": within an account, the caller's policies or the
//! resource's are enough; between accounts, both must allow. A denial in any of them wins.

use super::decision::{Request, Verdict, judge, weigh};
use super::document::Document;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// The ARN of a user or role.
    pub(crate) arn: &'a str,
    pub(crate) account: &'a str,
    pub(crate) partition: &'a str,
}

/// Everything that has a say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policies<'a> {
    pub(crate) identity: &'a [Document],
    pub(crate) boundary: Option<&'a Document>,
    pub(crate) resource: Option<&'a Document>,
}

/// What was decided, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) verdict: Verdict,
    /// What the caller's own policies say.
    pub(crate) identity: Verdict,
    /// The places of those that decide, among the caller's own policies.
    pub(crate) deciding: Vec<usize>,
    /// Whether the boundary allows the request; `None` without one.
    pub(crate) in_boundary: Option<bool>,
    /// What the resource's policy says; `Silent` without one.
    pub(crate) resource: Verdict,
}

/// Decides a request of a caller to a resource of an account.
pub(crate) fn access(
    policies: Policies<'_>,
    caller: Caller<'_>,
    owner: &str,
    request: Request<'_>,
) -> Access {
    let (identity, deciding) = weigh(policies.identity, request);
    let bounded = policies
        .boundary
        .map(|boundary| weigh([boundary], request).0);
    let in_boundary = bounded.map(|verdict| verdict == Verdict::Allowed);
    let root = format!("arn:{}:iam::{}:root", caller.partition, caller.account);
    let is_caller = |kind: &str, value: &str| kind == "AWS" && ["*", caller.arn].contains(&value);
    let is_account = |kind: &str, value: &str| {
        is_caller(kind, value) || kind == "AWS" && [caller.account, &root].contains(&value)
    };
    let say = |is_named: &dyn Fn(&str, &str) -> bool| {
        policies.resource.map_or(Verdict::Silent, |document| {
            judge(document, is_named, request)
        })
    };
    let resource = say(&is_account);
    let by_identity = identity == Verdict::Allowed && in_boundary != Some(false);
    let is_allowed = if caller.account == owner {
        // IAM user guide, "IAM JSON policy elements: Principal": to name an account leaves the decision to the account's own policies. An
        // allowance of a role is limited by the role's boundary.
        let is_named = say(&is_caller) == Verdict::Allowed;
        by_identity || is_named && in_boundary != Some(false)
    } else {
        by_identity && resource == Verdict::Allowed
    };
    let is_denied = [Some(identity), bounded, Some(resource)].contains(&Some(Verdict::Denied));
    let verdict = match (is_denied, is_allowed) {
        (true, _) => Verdict::Denied,
        (false, true) => Verdict::Allowed,
        (false, false) => Verdict::Silent,
    };
    Access {
        verdict,
        identity,
        deciding,
        in_boundary,
        resource,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: Caller<'static> = Caller {
        arn: "arn:aws:iam::111122223333:role/agents/exec",
        account: "111122223333",
        partition: "aws",
    };

    fn document(effect: &str, principal: Option<&str>) -> Document {
        let principal = principal.map_or(String::new(), |value| {
            format!(r#""Principal": {{"AWS": "{value}"}}, "#)
        });
        let text = format!(
            r#"{{"Statement": {{"Effect": "{effect}", {principal}"Action": "s3:GetObject", "Resource": "*"}}}}"#
        );
        Document::parse(&text).unwrap()
    }

    fn verdict(
        identity: Option<&str>,
        boundary: Option<&str>,
        resource: Option<(&str, &str)>,
        owner: &str,
    ) -> Verdict {
        let identity: Vec<Document> = identity
            .map(|effect| document(effect, None))
            .into_iter()
            .collect();
        let boundary = boundary.map(|effect| document(effect, None));
        let resource = resource.map(|(effect, principal)| document(effect, Some(principal)));
        let policies = Policies {
            identity: &identity,
            boundary: boundary.as_ref(),
            resource: resource.as_ref(),
        };
        let request = Request {
            action: "s3:GetObject",
            resource: Some("arn:aws:s3:::b/a"),
            context: &[],
        };
        access(policies, CALLER, owner, request).verdict
    }

    #[test]
    fn within_an_account_either_side_is_enough_and_between_accounts_both_must_allow() {
        use Verdict::{Allowed, Denied, Silent};
        let (own, other) = ("111122223333", "444455556666");
        let root = "arn:aws:iam::111122223333:root";
        let allow = Some("Allow");
        for (identity, resource, within, between) in [
            (None, None, Silent, Silent),
            (allow, None, Allowed, Silent),
            (None, Some(("Allow", CALLER.arn)), Allowed, Silent),
            (None, Some(("Allow", "*")), Allowed, Silent),
            // To name the account leaves the decision to it.
            (None, Some(("Allow", root)), Silent, Silent),
            (allow, Some(("Allow", CALLER.arn)), Allowed, Allowed),
            (allow, Some(("Allow", root)), Allowed, Allowed),
            (allow, Some(("Allow", own)), Allowed, Allowed),
            (allow, Some(("Allow", other)), Allowed, Silent),
            (allow, Some(("Deny", root)), Denied, Denied),
            (Some("Deny"), Some(("Allow", "*")), Denied, Denied),
        ] {
            let found = [own, other].map(|owner| verdict(identity, None, resource, owner));
            assert_eq!(found, [within, between], "{identity:?} {resource:?}");
        }
    }

    #[test]
    fn a_boundary_limits_what_others_allow() {
        let own = CALLER.account;
        let allow = Some("Allow");
        let named = Some(("Allow", CALLER.arn));
        assert_eq!(verdict(allow, allow, None, own), Verdict::Allowed);
        assert_eq!(verdict(allow, Some("Deny"), None, own), Verdict::Denied);
        let boundary = Document::parse(
            r#"{"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}"#,
        )
        .unwrap();
        let resource = document("Allow", Some(CALLER.arn));
        let found = |identity: &[Document], resource: Option<&Document>| {
            let policies = Policies {
                identity,
                boundary: Some(&boundary),
                resource,
            };
            let request = Request {
                action: "s3:GetObject",
                resource: Some("arn:aws:s3:::b/a"),
                context: &[],
            };
            access(policies, CALLER, own, request)
        };
        let identity = [document("Allow", None)];
        assert_eq!(found(&identity, None).verdict, Verdict::Silent);
        assert_eq!(found(&identity, None).in_boundary, Some(false));
        assert_eq!(found(&[], Some(&resource)).verdict, Verdict::Silent);
        assert_eq!(verdict(None, None, named, own), Verdict::Allowed);
    }
}
