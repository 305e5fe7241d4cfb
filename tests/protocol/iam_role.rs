//! Roles: the requests to IAM, and how its answers are read.

use std::collections::BTreeMap;

use agentctl::kinds::iam_role::{IamRole, RoleOutputs, RoleReader, RoleSpec, RoleWriter};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::document::{Document, Statement};
use agentctl::resource::fault::{Fault, FaultKind};
use agentctl::resource::kind::{Kind, Observed, Status};
use agentctl::resource::operation::iam;
use agentctl::resource::owner::{Owner, OwnerFilter, Ownership};
use agentctl::resource::provider::{Candidate, Intent, Mutation, Reader, Reading, Writer};
use agentctl::resource::reference::Resolved;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};
use wiremock::matchers::body_string_contains;
use wiremock::{Match, Mock, MockServer, Request, ResponseTemplate};

use crate::support::{ACCOUNT, REGION, clients};

const ROLE: &str = "triage-lambda-us-east-1";

/// Matches calls of one action whose form has all these pairs.
struct Call(&'static str, Vec<(&'static str, &'static str)>);

impl Match for Call {
    fn matches(&self, request: &Request) -> bool {
        let form = form(request);
        form.get("Action").is_some_and(|action| action == self.0)
            && self
                .1
                .iter()
                .all(|(key, value)| form.get(*key).is_some_and(|given| given == value))
    }
}

fn call(action: &'static str, pairs: &[(&'static str, &'static str)]) -> Call {
    Call(action, pairs.to_vec())
}

fn form(request: &Request) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    String::from_utf8(request.body.clone())
        .unwrap()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

fn answer(action: &str, result: &str) -> ResponseTemplate {
    let body = format!(
        r#"<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{action}Response>"#
    );
    ResponseTemplate::new(200).set_body_raw(body, "text/xml")
}

fn refusal(status: u16, code: &str) -> ResponseTemplate {
    let body = format!(
        r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error><RequestId>r-2</RequestId></ErrorResponse>"#
    );
    ResponseTemplate::new(status)
        .insert_header("x-amzn-RequestId", "r-2")
        .set_body_raw(body, "text/xml")
}

async fn mount(server: &MockServer, call: Call, answer: ResponseTemplate) {
    Mock::given(call).respond_with(answer).mount(server).await;
}

/// Lists the actions that were called.
async fn actions(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| form(request)["Action"].clone())
        .collect()
}

/// Returns the only request to the server, without what every request to IAM has.
async fn only_form(server: &MockServer) -> BTreeMap<String, String> {
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        (requests[0].method.as_str(), requests[0].url.path()),
        ("POST", "/")
    );
    let mut form = form(&requests[0]);
    assert_eq!(form.remove("Version").as_deref(), Some("2010-05-08"));
    form
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn encoded(document: &Value) -> String {
    // A plus can be unencoded, and then means a plus.
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'+');
    utf8_percent_encode(&document.to_string(), ENCODED).to_string()
}

fn tag(key: &str, value: &str) -> String {
    format!("<member><Key>{key}</Key><Value>{value}</Value></member>")
}

fn tags_of(agent: &str) -> String {
    tag("agentctl:project", "claims")
        + &tag("agentctl:env", "default")
        + &tag("agentctl:region", REGION)
        + &tag("agentctl:agent", agent)
        + &tag("team", "billing+ops")
}

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: REGION.into(),
        agent: "triage".into(),
    }
}

fn intent() -> Intent {
    Intent {
        owner: Some(owner()),
        token: "token-1".into(),
    }
}

fn boundary() -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/boundary")
}

fn reads(bucket: &str) -> Document<Resolved> {
    Document::new(vec![Statement::allow(
        "Read",
        &["s3:GetObject", "s3:ListBucket"],
        vec![format!("arn:aws:s3:::{bucket}/a+b")],
    )])
}

fn spec() -> RoleSpec<Resolved> {
    let trust = Statement::allow("Assume", &["sts:AssumeRole"], Vec::new())
        .to("Service", vec!["lambda.amazonaws.com".into()])
        .when("StringEquals", "aws:SourceAccount", vec![ACCOUNT.into()]);
    IamRole::canonical(RoleSpec {
        path: owner().role_path(),
        trust: Document::new(vec![trust]),
        policies: BTreeMap::from([
            ("agent".into(), reads("one")),
            ("tools".into(), reads("two")),
        ]),
        managed_policies: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()],
        permissions_boundary: Some(boundary()),
        description: "Execution role of triage".into(),
        max_session_duration: 3_600,
        tags: pairs(&[("team", "billing+ops")]),
    })
}

fn observed(name: &str) -> Observed<IamRole> {
    Observed {
        spec: spec(),
        outputs: RoleOutputs {
            arn: format!("arn:aws:iam::{ACCOUNT}:role/agentctl/claims/default/us-east-1/{name}"),
            id: "AROAEXAMPLE".into(),
            name: name.into(),
        },
        status: Status::Ready,
        revision: None,
        owner: Ownership::Of(owner()),
    }
}

/// Returns the trust policy as AWS returns it: scalars for lists of one, in another order.
fn trust_document() -> String {
    encoded(&json!({ "Statement": [{
        "Condition": { "StringEquals": { "aws:SourceAccount": ACCOUNT } },
        "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole", "Effect": "Allow", "Sid": "Assume",
    }], "Version": "2012-10-17" }))
}

fn policy_document(bucket: &str) -> String {
    encoded(
        &json!({ "Version": "2012-10-17", "Statement": { "Sid": "Read", "Effect": "Allow",
        "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": format!("arn:aws:s3:::{bucket}/a+b") } }),
    )
}

/// Returns the part of a role that all of IAM's answers have.
fn basics(name: &str) -> String {
    format!(
        "<Path>/agentctl/claims/default/us-east-1/</Path><RoleName>{name}</RoleName><RoleId>AROAEXAMPLE</RoleId>\
         <Arn>arn:aws:iam::{ACCOUNT}:role/agentctl/claims/default/us-east-1/{name}</Arn>\
         <CreateDate>2026-11-22T10:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument>",
        trust_document()
    )
}

/// Returns the part that only the calls about roles have, and not the account's details.
fn settings() -> &'static str {
    "<Description>Execution role of triage</Description><MaxSessionDuration>3600</MaxSessionDuration>"
}

/// Returns the part that the listing of roles does not have.
fn marks(agent: &str) -> String {
    format!(
        "<PermissionsBoundary><PermissionsBoundaryType>PermissionsBoundaryPolicy</PermissionsBoundaryType>\
         <PermissionsBoundaryArn>{}</PermissionsBoundaryArn></PermissionsBoundary><Tags>{}</Tags>\
         <RoleLastUsed><Region>us-east-1</Region></RoleLastUsed>",
        boundary(),
        tags_of(agent)
    )
}

fn attached() -> &'static str {
    "<AttachedPolicies><member><PolicyName>ReadOnlyAccess</PolicyName>\
     <PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated>"
}

/// Makes the server return the role, whose policies come in two pages.
async fn mount_role(server: &MockServer) {
    let role = format!(
        "<Role>{}{}{}</Role>",
        basics(ROLE),
        settings(),
        marks("triage")
    );
    let named = [("RoleName", ROLE)];
    mount(server, call("GetRole", &named), answer("GetRole", &role)).await;
    let second =
        "<PolicyNames><member>agent</member></PolicyNames><IsTruncated>false</IsTruncated>";
    mount(
        server,
        call(
            "ListRolePolicies",
            &[("RoleName", ROLE), ("Marker", "more")],
        ),
        answer("ListRolePolicies", second),
    )
    .await;
    let first = "<PolicyNames><member>tools</member></PolicyNames><IsTruncated>true</IsTruncated><Marker>more</Marker>";
    mount(
        server,
        call("ListRolePolicies", &named),
        answer("ListRolePolicies", first),
    )
    .await;
    for (policy, bucket) in [("agent", "one"), ("tools", "two")] {
        let result = format!(
            "<RoleName>{ROLE}</RoleName><PolicyName>{policy}</PolicyName><PolicyDocument>{}</PolicyDocument>",
            policy_document(bucket)
        );
        mount(
            server,
            call(
                "GetRolePolicy",
                &[("RoleName", ROLE), ("PolicyName", policy)],
            ),
            answer("GetRolePolicy", &result),
        )
        .await;
    }
    mount(
        server,
        call("ListAttachedRolePolicies", &named),
        answer("ListAttachedRolePolicies", attached()),
    )
    .await;
}

async fn read(server: &MockServer, names: &[&str]) -> Vec<Reading<Observed<IamRole>>> {
    let names: Vec<PhysicalName> = names.iter().copied().map(PhysicalName::new).collect();
    RoleReader::new(clients(server)).read(&names).await
}

#[tokio::test]
async fn a_role_reads_as_declared_in_every_form_of_its_documents() {
    let server = MockServer::start().await;
    mount_role(&server).await;
    assert_eq!(
        read(&server, &[ROLE]).await,
        [Reading::Found(observed(ROLE))]
    );
    let mut actions = actions(&server).await;
    actions.sort();
    assert_eq!(
        actions,
        [
            "GetRole",
            "GetRolePolicy",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListRolePolicies",
            "ListRolePolicies"
        ]
    );
}

#[tokio::test]
async fn the_id_of_a_deleted_principal_in_a_trust_policy_is_kept() {
    let server = MockServer::start().await;
    let gone = encoded(&json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": { "AWS": "AROAGONE" }, "Action": "sts:AssumeRole" } }));
    let basics = basics(ROLE).replace(&trust_document(), &gone);
    let role = format!("<Role>{basics}{}{}</Role>", settings(), marks("triage"));
    Mock::given(call("GetRole", &[]))
        .respond_with(answer("GetRole", &role))
        .with_priority(1)
        .mount(&server)
        .await;
    mount_role(&server).await;
    let statement = Statement {
        sid: None,
        ..Statement::allow("", &["sts:AssumeRole"], Vec::new())
    };
    let drifted = Observed {
        spec: RoleSpec {
            trust: Document::new(vec![statement.to("AWS", vec!["AROAGONE".into()])]),
            ..spec()
        },
        ..observed(ROLE)
    };
    assert_eq!(read(&server, &[ROLE]).await, [Reading::Found(drifted)]);
}

/// The names of so many roles that the account is listed: `r0` to `r6` and one that does not exist.
const MANY: [&str; 8] = ["r0", "r1", "r2", "gone", "r3", "r4", "r5", "r6"];

fn many(reading: impl Fn(&str) -> Reading<Observed<IamRole>>) -> Vec<Reading<Observed<IamRole>>> {
    MANY.iter()
        .map(|name| match *name {
            "gone" => Reading::Absent,
            name => reading(name),
        })
        .collect()
}

fn details(names: &[&str]) -> String {
    let policy = |name: &str, bucket: &str| {
        format!(
            "<member><PolicyName>{name}</PolicyName><PolicyDocument>{}</PolicyDocument></member>",
            policy_document(bucket)
        )
    };
    let detail = |name: &&str| {
        format!(
            "<member>{}<RolePolicyList>{}{}</RolePolicyList><AttachedManagedPolicies><member><PolicyName>ReadOnlyAccess\
             </PolicyName><PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member></AttachedManagedPolicies>\
             <InstanceProfileList/>{}</member>",
            basics(name),
            policy("tools", "two"),
            policy("agent", "one"),
            marks("triage")
        )
    };
    let members: String = names.iter().map(detail).collect();
    format!("<RoleDetailList>{members}</RoleDetailList>")
}

#[tokio::test]
async fn many_roles_read_the_same_from_the_listings_of_the_account() {
    let server = MockServer::start().await;
    let roles: Vec<String> = MANY
        .iter()
        .filter(|name| **name != "gone")
        .map(|name| format!("<member>{}{}</member>", basics(name), settings()))
        .collect();
    mount(
        &server,
        call(
            "ListRoles",
            &[("PathPrefix", "/agentctl/"), ("MaxItems", "1000")],
        ),
        answer(
            "ListRoles",
            &format!(
                "<Roles>{}</Roles><IsTruncated>false</IsTruncated>",
                roles.concat()
            ),
        ),
    )
    .await;
    let filter = ("Filter.member.1", "Role");
    mount(
        &server,
        call(
            "GetAccountAuthorizationDetails",
            &[filter, ("Marker", "more")],
        ),
        answer(
            "GetAccountAuthorizationDetails",
            &details(&["r3", "r4", "r5", "r6"]),
        ),
    )
    .await;
    mount(
        &server,
        call("GetAccountAuthorizationDetails", &[filter]),
        answer(
            "GetAccountAuthorizationDetails",
            &(details(&["r0", "r1", "r2"])
                + "<IsTruncated>true</IsTruncated><Marker>more</Marker>"),
        ),
    )
    .await;
    assert_eq!(
        read(&server, &MANY).await,
        many(|name| Reading::Found(observed(name)))
    );
    assert_eq!(actions(&server).await.len(), 3);
}

#[tokio::test]
async fn without_the_permission_to_list_roles_are_read_one_by_one() {
    let server = MockServer::start().await;
    let denied = || refusal(403, "AccessDenied");
    mount(
        &server,
        call("GetAccountAuthorizationDetails", &[]),
        denied(),
    )
    .await;
    mount(
        &server,
        call("ListRoles", &[]),
        answer("ListRoles", "<Roles/><IsTruncated>false</IsTruncated>"),
    )
    .await;
    for action in ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies"] {
        mount(&server, call(action, &[]), refusal(404, "NoSuchEntity")).await;
    }
    assert_eq!(read(&server, &MANY).await, many(|_| Reading::Absent));
}

#[tokio::test]
async fn a_role_that_cannot_be_read_is_unreadable() {
    let server = MockServer::start().await;
    for action in ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies"] {
        mount(&server, call(action, &[]), refusal(403, "AccessDenied")).await;
    }
    let fault = Fault {
        code: Some("AccessDenied".into()),
        request_id: Some("r-2".into()),
        ..Fault::new(FaultKind::Denied, iam::GET_ROLE, "no")
    };
    assert_eq!(read(&server, &[ROLE]).await, [Reading::Unreadable(fault)]);
}

#[tokio::test]
async fn a_policy_that_is_no_document_is_reported_by_name() {
    let server = MockServer::start().await;
    let result = format!(
        "<RoleName>{ROLE}</RoleName><PolicyName>agent</PolicyName><PolicyDocument>%7B</PolicyDocument>"
    );
    Mock::given(call("GetRolePolicy", &[("PolicyName", "agent")]))
        .respond_with(answer("GetRolePolicy", &result))
        .with_priority(1)
        .mount(&server)
        .await;
    mount_role(&server).await;
    let readings = read(&server, &[ROLE]).await;
    let [Reading::Unreadable(fault)] = &readings[..] else {
        panic!("{readings:?}");
    };
    assert_eq!(
        (fault.kind, fault.operation, fault.message.as_str()),
        (
            FaultKind::Service,
            Some(iam::GET_ROLE_POLICY),
            "policy `agent` of role `triage-lambda-us-east-1`: EOF while parsing an object at line 1 column 1"
        )
    );
}

fn filter(agent: Option<&str>) -> OwnerFilter {
    OwnerFilter {
        agent: agent.map(str::to_owned),
        ..OwnerFilter::of(&owner())
    }
}

/// Makes the server list, in two pages, roles of `triage`, of `triage-2` and of `other`.
async fn mount_listing(server: &MockServer) {
    let page = |names: &[&str], rest: &str| {
        let members: Vec<String> = names
            .iter()
            .map(|name| format!("<member>{}</member>", basics(name)))
            .collect();
        answer(
            "ListRoles",
            &format!("<Roles>{}</Roles>{rest}", members.concat()),
        )
    };
    let path = ("PathPrefix", "/agentctl/claims/default/us-east-1/");
    mount(
        server,
        call("ListRoles", &[path, ("Marker", "more")]),
        page(
            &["triage-2-lambda", "other-lambda"],
            "<IsTruncated>false</IsTruncated>",
        ),
    )
    .await;
    mount(
        server,
        call("ListRoles", &[path]),
        page(
            &["triage-lambda"],
            "<IsTruncated>true</IsTruncated><Marker>more</Marker>",
        ),
    )
    .await;
}

#[tokio::test]
async fn the_candidates_for_an_agents_roles_are_found_by_path_and_name() {
    let server = MockServer::start().await;
    mount_listing(&server).await;
    let owned =
        crate::support::owned(&RoleReader::new(clients(&server)), &filter(Some("triage"))).await;
    let names = ["triage-lambda", "triage-2-lambda"].map(PhysicalName::new);
    assert_eq!(owned, Ok(names.to_vec()));
    assert_eq!(actions(&server).await, ["ListRoles", "ListRoles"]);
}

#[tokio::test]
async fn the_roles_of_many_agents_take_one_listing() {
    let server = MockServer::start().await;
    mount_listing(&server).await;
    let (triage, other) = (filter(Some("triage")), filter(Some("other")));
    let owned = RoleReader::new(clients(&server))
        .owned(&[triage.clone(), other.clone()])
        .await;
    let candidate = |name: &str, filter| Candidate::new(PhysicalName::new(name), filter);
    assert_eq!(
        owned,
        Ok(vec![
            candidate("triage-lambda", &triage),
            candidate("triage-2-lambda", &triage),
            candidate("other-lambda", &other),
        ])
    );
    assert_eq!(actions(&server).await, ["ListRoles", "ListRoles"]);
}

#[tokio::test]
async fn all_roles_of_an_environment_are_found_by_path_alone() {
    let server = MockServer::start().await;
    mount_listing(&server).await;
    let owned = crate::support::owned(&RoleReader::new(clients(&server)), &filter(None)).await;
    let names = ["triage-lambda", "triage-2-lambda", "other-lambda"].map(PhysicalName::new);
    assert_eq!(owned, Ok(names.to_vec()));
    assert_eq!(actions(&server).await, ["ListRoles", "ListRoles"]);
}

fn text_of(document: &Document<Resolved>) -> String {
    serde_json::to_string(document).unwrap()
}

#[tokio::test]
async fn a_role_is_created_with_all_fields_that_the_call_takes() {
    let server = MockServer::start().await;
    let result = format!("<Role>{}</Role>", basics(ROLE));
    mount(
        &server,
        call("CreateRole", &[]),
        answer("CreateRole", &result),
    )
    .await;
    let created = RoleWriter::new(clients(&server))
        .create(&PhysicalName::new(ROLE), &spec(), &intent())
        .await;
    assert_eq!(created, Ok(Mutation(iam::CREATE_ROLE)));
    assert_eq!(
        only_form(&server).await,
        pairs(&[
            ("Action", "CreateRole"),
            ("RoleName", ROLE),
            ("Path", "/agentctl/claims/default/us-east-1/"),
            ("AssumeRolePolicyDocument", &text_of(&spec().trust)),
            ("Description", "Execution role of triage"),
            ("MaxSessionDuration", "3600"),
            ("PermissionsBoundary", &boundary()),
            ("Tags.member.1.Key", "agentctl:agent"),
            ("Tags.member.1.Value", "triage"),
            ("Tags.member.2.Key", "agentctl:env"),
            ("Tags.member.2.Value", "default"),
            ("Tags.member.3.Key", "agentctl:project"),
            ("Tags.member.3.Value", "claims"),
            ("Tags.member.4.Key", "agentctl:region"),
            ("Tags.member.4.Value", REGION),
            ("Tags.member.5.Key", "team"),
            ("Tags.member.5.Value", "billing+ops"),
        ])
    );
}

#[tokio::test]
async fn a_role_without_an_owner_is_refused_before_any_call() {
    let server = MockServer::start().await;
    let nobodys = Intent {
        owner: None,
        ..intent()
    };
    let created = RoleWriter::new(clients(&server))
        .create(&PhysicalName::new(ROLE), &spec(), &nobodys)
        .await;
    assert_eq!(created.unwrap_err().kind, FaultKind::Invalid);
    assert_eq!(actions(&server).await, Vec::<String>::new());
}

/// Makes one update, and returns the request for it, without the role's name.
async fn update(
    now: RoleSpec<Resolved>,
    spec: &RoleSpec<Resolved>,
    field: &str,
) -> BTreeMap<String, String> {
    let server = MockServer::start().await;
    Mock::given(body_string_contains("Action="))
        .respond_with(|request: &Request| answer(&form(request)["Action"], ""))
        .mount(&server)
        .await;
    let now = Observed {
        spec: now,
        ..observed(ROLE)
    };
    let mutation = RoleWriter::new(clients(&server))
        .update(
            &PhysicalName::new(ROLE),
            &now,
            spec,
            &[field.to_owned()],
            &intent(),
        )
        .await
        .unwrap();
    let mut form = only_form(&server).await;
    assert_eq!(form["Action"], mutation.0.name());
    assert_eq!(form.remove("RoleName").as_deref(), Some(ROLE));
    form
}

#[tokio::test]
async fn each_policy_and_attachment_is_fixed_with_its_own_call() {
    let bare = RoleSpec {
        policies: BTreeMap::new(),
        managed_policies: Vec::new(),
        ..spec()
    };
    assert_eq!(
        update(spec(), &spec(), "/trust/Statement/0").await,
        pairs(&[
            ("Action", "UpdateAssumeRolePolicy"),
            ("PolicyDocument", &text_of(&spec().trust)),
        ])
    );
    assert_eq!(
        update(bare.clone(), &spec(), "/policies").await,
        pairs(&[
            ("Action", "PutRolePolicy"),
            ("PolicyName", "agent"),
            ("PolicyDocument", &text_of(&reads("one"))),
        ])
    );
    assert_eq!(
        update(spec(), &bare, "/policies/tools").await,
        pairs(&[("Action", "DeleteRolePolicy"), ("PolicyName", "tools")])
    );
    let arn = ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess");
    assert_eq!(
        update(bare.clone(), &spec(), "/managedPolicies/0").await,
        pairs(&[("Action", "AttachRolePolicy"), arn])
    );
    assert_eq!(
        update(spec(), &bare, "/managedPolicies/0").await,
        pairs(&[("Action", "DetachRolePolicy"), arn])
    );
}

#[tokio::test]
async fn boundary_settings_and_tags_are_fixed_with_their_own_calls() {
    let plain = RoleSpec {
        permissions_boundary: None,
        description: String::new(),
        tags: BTreeMap::new(),
        ..spec()
    };
    assert_eq!(
        update(plain.clone(), &spec(), "/permissionsBoundary").await,
        pairs(&[
            ("Action", "PutRolePermissionsBoundary"),
            ("PermissionsBoundary", &boundary()),
        ])
    );
    assert_eq!(
        update(spec(), &plain, "/permissionsBoundary").await,
        pairs(&[("Action", "DeleteRolePermissionsBoundary")])
    );
    assert_eq!(
        update(spec(), &plain, "/description").await,
        pairs(&[
            ("Action", "UpdateRole"),
            ("Description", ""),
            ("MaxSessionDuration", "3600"),
        ])
    );
    assert_eq!(
        update(plain.clone(), &spec(), "/tags/team").await,
        pairs(&[
            ("Action", "TagRole"),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "billing+ops"),
        ])
    );
    assert_eq!(
        update(spec(), &plain, "/tags/team").await,
        pairs(&[("Action", "UntagRole"), ("TagKeys.member.1", "team")])
    );
}

#[tokio::test]
async fn a_role_is_deleted_after_its_policies_and_attachments() {
    let server = MockServer::start().await;
    Mock::given(body_string_contains("Action="))
        .respond_with(|request: &Request| answer(&form(request)["Action"], ""))
        .mount(&server)
        .await;
    let writer = RoleWriter::new(clients(&server));
    let mut now = observed(ROLE);
    for policy in ["agent", "tools"] {
        let deleted = writer.delete(&PhysicalName::new(ROLE), &now).await;
        assert_eq!(deleted, Ok(Mutation(iam::DELETE_ROLE_POLICY)));
        now.spec.policies.remove(policy);
    }
    let detached = writer.delete(&PhysicalName::new(ROLE), &now).await;
    assert_eq!(detached, Ok(Mutation(iam::DETACH_ROLE_POLICY)));
    now.spec.managed_policies.clear();
    let deleted = writer.delete(&PhysicalName::new(ROLE), &now).await;
    assert_eq!(deleted, Ok(Mutation(iam::DELETE_ROLE)));
    let sent: Vec<_> = server.received_requests().await.unwrap();
    let sent: Vec<_> = sent
        .iter()
        .map(|request| {
            let mut form = form(request);
            form.remove("Version");
            form
        })
        .collect();
    let role = ("RoleName", ROLE);
    assert_eq!(
        sent,
        [
            pairs(&[
                ("Action", "DeleteRolePolicy"),
                role,
                ("PolicyName", "agent")
            ]),
            pairs(&[
                ("Action", "DeleteRolePolicy"),
                role,
                ("PolicyName", "tools")
            ]),
            pairs(&[
                ("Action", "DetachRolePolicy"),
                role,
                ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess")
            ]),
            pairs(&[("Action", "DeleteRole"), role]),
        ]
    );
}

#[tokio::test]
async fn each_refusal_of_a_role_has_its_kind_of_fault() {
    for (status, code, kind) in [
        (409, "EntityAlreadyExists", FaultKind::AlreadyExists),
        (409, "ConcurrentModification", FaultKind::Busy),
        (409, "LimitExceeded", FaultKind::Quota),
        (400, "MalformedPolicyDocument", FaultKind::Invalid),
        (403, "AccessDenied", FaultKind::Denied),
        (404, "NoSuchEntity", FaultKind::NotFound),
    ] {
        let server = MockServer::start().await;
        mount(&server, call("CreateRole", &[]), refusal(status, code)).await;
        let created = RoleWriter::new(clients(&server))
            .create(&PhysicalName::new(ROLE), &spec(), &intent())
            .await;
        assert_eq!(created.unwrap_err().kind, kind, "{code}");
    }
}

#[tokio::test]
async fn a_throttled_call_is_retried() {
    let server = MockServer::start().await;
    Mock::given(call("DeleteRole", &[]))
        .respond_with(refusal(400, "Throttling"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    mount(&server, call("DeleteRole", &[]), answer("DeleteRole", "")).await;
    let mut now = observed(ROLE);
    now.spec.policies.clear();
    now.spec.managed_policies.clear();
    let deleted = RoleWriter::new(clients(&server))
        .delete(&PhysicalName::new(ROLE), &now)
        .await;
    assert_eq!(deleted, Ok(Mutation(iam::DELETE_ROLE)));
    assert_eq!(actions(&server).await, ["DeleteRole", "DeleteRole"]);
}
