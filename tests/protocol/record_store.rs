//! Records, the sealing key and locks with canned answers of S3.

use std::collections::BTreeMap;
use std::sync::Arc;

use agentctl::aws::S3RecordStore;
use agentctl::event::{Event, Events};
use agentctl::executor::lock::{
    Alarm, Etag, FoundHolder, Holder, Lock, LockError, LockStore, Written, take, take_all,
};
use agentctl::plan::observation::Records;
use agentctl::plan::pin::{ObservedPins, Pin};
use agentctl::plan::record::{Record, Seal};
use agentctl::resource::address::{Address, PhysicalName};
use agentctl::resource::fault::FaultKind;
use agentctl::resource::grant::Grants;
use agentctl::resource::owner::Owner;
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;
use wiremock::matchers::{any, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockBuilder, MockServer, Request, ResponseTemplate};

use crate::support::{
    ACCOUNT, REGION, body, clients, header, only_request, request_line, request_lines, site,
};

const BUCKET: &str = "agentctl-111122223333-us-east-1";
const RECORD: &str = "records/claims/default/triage.json";
const SEAL: &str = "records/claims/default/seal";
const LOCK: &str = "locks/claims/default/triage";
const OBJECTS: &str = "objects/claims/default/triage/";
const PINS: &str = "pins/claims/default/";
const PIN: &str = "pins/claims/default/triage/lambda-alias/triage.live";

fn owner(agent: &str) -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: REGION.into(),
        agent: agent.into(),
    }
}

fn record_store(server: &MockServer) -> S3RecordStore {
    S3RecordStore::new(clients(server), &site())
}

fn record() -> Record {
    Record {
        format: 1,
        agentctl: "0.1.0".into(),
        applied: BTreeMap::from([(
            Address::new("iam-role", "triage-exec"),
            json!({ "path": "/" }),
        )]),
        names: BTreeMap::from([(
            Address::new("iam-role", "triage-exec"),
            PhysicalName::new("triage-exec-us-east-1"),
        )]),
        identities: BTreeMap::from([(Address::new("iam-role", "triage-exec"), "AROA1".into())]),
        versions: BTreeMap::from([(
            Address::new("lambda-version", "triage"),
            BTreeMap::from([(3, Grants::default())]),
        )]),
    }
}

fn pointer() -> Address {
    Address::new("lambda-alias", "triage.live")
}

fn pin() -> Pin {
    Pin {
        version: 3,
        by: "ada".into(),
        since: "2026-01-02T03:04:05Z".into(),
        reason: Some("slow".into()),
        moved_from: None,
    }
}

const PIN_JSON: &str =
    r#"{"version":"3","by":"ada","since":"2026-01-02T03:04:05Z","reason":"slow"}"#;

const RECORD_JSON: &str = r#"{"format":1,"agentctl":"0.1.0","applied":{"iam-role/triage-exec":{"path":"/"}},"names":{"iam-role/triage-exec":"triage-exec-us-east-1"},"identities":{"iam-role/triage-exec":"AROA1"},"versions":{"lambda-version/triage":{"3":{}}}}"#;

fn object(bytes: impl Into<Vec<u8>>) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .insert_header("etag", "\"e1\"")
        .insert_header("last-modified", "Sun, 01 Mar 2026 12:00:00 GMT")
        .insert_header("date", "Sun, 01 Mar 2026 12:04:59 GMT")
        .set_body_bytes(bytes)
}

fn written(etag: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("etag", etag)
}

fn xml(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_owned(), "application/xml")
}

fn error(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(
        format!("<Error><Code>{code}</Code><Message>no</Message></Error>"),
        "application/xml",
    )
}

fn on(verb: &str, key: &str) -> MockBuilder {
    Mock::given(method(verb)).and(path(format!("/{BUCKET}/{key}")))
}

fn listing_of(prefix: &str) -> MockBuilder {
    Mock::given(method("GET"))
        .and(path(format!("/{BUCKET}/")))
        .and(query_param("versions", ""))
        .and(query_param("prefix", prefix))
}

fn deletion() -> MockBuilder {
    Mock::given(method("POST"))
        .and(path(format!("/{BUCKET}/")))
        .and(query_param("delete", ""))
}

/// Starts a server that has no object, except those that are mounted before.
async fn empty() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(query_param_is_missing("versions"))
        .respond_with(error(404, "NoSuchKey"))
        .with_priority(9)
        .mount(&server)
        .await;
    server
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn requests(server: &MockServer) -> Vec<Request> {
    let requests = server.received_requests().await.unwrap();
    for request in &requests {
        assert_eq!(header(request, "x-amz-expected-bucket-owner"), ACCOUNT);
    }
    requests
}

#[tokio::test]
async fn records_and_their_key_are_read_with_one_call_each() {
    let server = empty().await;
    on("GET", RECORD)
        .respond_with(object(RECORD_JSON))
        .mount(&server)
        .await;
    on("GET", SEAL)
        .respond_with(object([7; 32]))
        .mount(&server)
        .await;
    let Records { by_agent, seal } = record_store(&server)
        .records(&[owner("triage"), owner("new")])
        .await
        .unwrap();
    assert_eq!(by_agent, BTreeMap::from([("triage".to_owned(), record())]));
    assert_eq!(seal, Some(Seal::new([7; 32])));
    let mut lines: Vec<String> = requests(&server).await.iter().map(request_line).collect();
    lines.sort();
    assert_eq!(
        lines,
        ["new.json", "seal", "triage.json"]
            .map(|name| format!("GET /{BUCKET}/records/claims/default/{name}"))
    );
}

#[tokio::test]
async fn without_a_bucket_there_are_no_records() {
    let server = answering(error(404, "NoSuchBucket")).await;
    let Records { by_agent, seal } = record_store(&server)
        .records(&[owner("triage")])
        .await
        .unwrap();
    assert_eq!((by_agent, seal), (BTreeMap::new(), None));
}

#[tokio::test]
async fn a_record_that_is_denied_or_not_understood_is_a_fault_and_not_an_empty_record() {
    let cases = [
        (
            RECORD,
            error(403, "AccessDenied"),
            FaultKind::Denied,
            "`agentctl-111122223333-us-east-1/records/claims/default/triage.json`: no",
        ),
        (
            RECORD,
            object(r#"{"format":2,"agentctl":"9.0.0","pages":[]}"#),
            FaultKind::Service,
            "the record `records/claims/default/triage.json` has format 2, this agentctl reads format 1",
        ),
        (
            RECORD,
            object(r#"{"format":1}"#),
            FaultKind::Service,
            "the record `records/claims/default/triage.json` is not understood: missing field `agentctl` at line 1 column 12",
        ),
        (
            RECORD,
            object("junk"),
            FaultKind::Service,
            "the record `records/claims/default/triage.json` is not understood: expected value at line 1 column 1",
        ),
        (
            SEAL,
            object("short"),
            FaultKind::Service,
            "the key `records/claims/default/seal` has 5 bytes, not 32",
        ),
    ];
    for (key, answer, kind, message) in cases {
        let server = empty().await;
        on("GET", key).respond_with(answer).mount(&server).await;
        let fault = record_store(&server)
            .records(&[owner("triage")])
            .await
            .unwrap_err();
        assert_eq!((fault.kind, fault.message.as_str()), (kind, message));
    }
}

#[tokio::test]
async fn a_record_overwrites_the_previous_one() {
    let server = answering(written("\"e2\"")).await;
    let saved = record_store(&server)
        .save(&owner("triage"), &record())
        .await;
    assert_eq!(saved, Ok(()));
    let request = only_request(&server).await;
    assert_eq!(request_line(&request), format!("PUT /{BUCKET}/{RECORD}"));
    let sent = [
        "if-match",
        "if-none-match",
        "content-type",
        "x-amz-expected-bucket-owner",
    ]
    .map(|name| header(&request, name));
    assert_eq!(sent, ["", "", "application/json", ACCOUNT]);
    assert_eq!(body(&request), RECORD_JSON);
}

#[tokio::test]
async fn a_record_whose_write_is_denied_is_a_fault() {
    let server = answering(error(403, "AccessDenied")).await;
    let saved = record_store(&server)
        .save(&owner("triage"), &record())
        .await;
    assert_eq!(saved.unwrap_err().kind, FaultKind::Denied);
}

#[tokio::test]
async fn a_key_is_created_only_if_there_is_none_and_separately_for_each_project() {
    let mut made = Vec::new();
    for _ in 0..2 {
        let server = empty().await;
        on("PUT", SEAL)
            .respond_with(written("\"e1\""))
            .mount(&server)
            .await;
        let seal = record_store(&server)
            .seal("claims", "default")
            .await
            .unwrap();
        let requests = requests(&server).await;
        let [read, write] = requests.as_slice() else {
            panic!("{requests:#?}");
        };
        assert_eq!(request_line(read), format!("GET /{BUCKET}/{SEAL}"));
        assert_eq!(header(write, "if-none-match"), "*");
        assert_eq!(write.body, seal.key());
        made.push(seal);
    }
    assert_ne!(made[0], made[1]);
}

#[tokio::test]
async fn an_existing_key_is_used_and_so_is_one_that_another_run_created_at_the_same_moment() {
    let there = empty().await;
    on("GET", SEAL)
        .respond_with(object([7; 32]))
        .mount(&there)
        .await;
    let seal = record_store(&there).seal("claims", "default").await;
    assert_eq!(seal, Ok(Seal::new([7; 32])));
    assert_eq!(requests(&there).await.len(), 1);
    for refusal in [
        error(412, "PreconditionFailed"),
        error(409, "ConditionalRequestConflict"),
    ] {
        let race = MockServer::start().await;
        on("GET", SEAL)
            .respond_with(error(404, "NoSuchKey"))
            .up_to_n_times(1)
            .mount(&race)
            .await;
        on("GET", SEAL)
            .respond_with(object([7; 32]))
            .mount(&race)
            .await;
        on("PUT", SEAL).respond_with(refusal).mount(&race).await;
        let seal = record_store(&race).seal("claims", "default").await;
        assert_eq!(seal, Ok(Seal::new([7; 32])));
    }
}

#[tokio::test]
async fn a_key_that_can_be_neither_read_nor_created_is_a_fault() {
    let server = empty().await;
    on("PUT", SEAL)
        .respond_with(error(412, "PreconditionFailed"))
        .mount(&server)
        .await;
    let fault = record_store(&server)
        .seal("claims", "default")
        .await
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (
            FaultKind::Busy,
            "others make and delete `records/claims/default/seal` at the same time"
        )
    );
    let denied = answering(error(403, "AccessDenied")).await;
    let fault = record_store(&denied)
        .seal("claims", "default")
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
}

fn holder(who: &str) -> Holder {
    let since = "2026-03-01T12:00:00Z".parse().unwrap();
    Holder {
        who: who.into(),
        pid: 42,
        command: "agentctl apply".into(),
        since,
        heartbeat: since,
        process: None,
    }
}

/// Takes ann's lock of one agent.
async fn locked(server: &MockServer, alarm: &Alarm) -> Result<Lock, LockError> {
    take(&locks(server), &owner("triage"), &holder("ann@host"), alarm).await
}

fn locks(server: &MockServer) -> Arc<dyn LockStore> {
    Arc::new(record_store(server))
}

fn holder_json(who: &str) -> String {
    format!(
        r#"{{"who":"{who}","pid":42,"command":"agentctl apply","since":"2026-03-01T12:00:00Z","heartbeat":"2026-03-01T12:00:00Z"}}"#
    )
}

fn alarm() -> (Alarm, UnboundedReceiver<Event>) {
    let (events, reported) = Events::channel();
    let lost = CancellationToken::new();
    (Alarm { events, lost }, reported)
}

fn listing(rest: &str) -> ResponseTemplate {
    xml(&format!(
        "<ListVersionsResult><Name>{BUCKET}</Name>{rest}</ListVersionsResult>"
    ))
}

fn version(key: &str, id: &str) -> String {
    format!("<Version><Key>{key}</Key><VersionId>{id}</VersionId></Version>")
}

fn latest(key: &str, id: &str, etag: &str) -> String {
    format!(
        "<Version><ETag>&quot;{etag}&quot;</ETag><Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>true</IsLatest></Version>"
    )
}

fn older(key: &str, id: &str, etag: &str) -> String {
    latest(key, id, etag).replace("true", "false")
}

fn marker(key: &str, id: &str) -> String {
    format!("<DeleteMarker><Key>{key}</Key><VersionId>{id}</VersionId></DeleteMarker>")
}

fn deleting(objects: &[(&str, &str)]) -> String {
    let objects = objects
        .iter()
        .map(|(key, id)| format!("<Object><Key>{key}</Key><VersionId>{id}</VersionId></Object>"))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{objects}<Quiet>true</Quiet></Delete>"
    )
}

#[tokio::test]
async fn a_free_lock_is_written_only_if_there_is_none_and_its_release_deletes_every_version() {
    let server = MockServer::start().await;
    on("PUT", LOCK)
        .respond_with(written("\"e1\""))
        .mount(&server)
        .await;
    listing_of(LOCK)
        .respond_with(listing(&format!(
            "{}{}{}{}",
            latest(LOCK, "v2", "e1"),
            older(LOCK, "v1", "e0"),
            marker(LOCK, "m1"),
            latest(&format!("{LOCK}-2"), "v9", "e9"),
        )))
        .mount(&server)
        .await;
    deletion()
        .respond_with(xml("<DeleteResult/>"))
        .mount(&server)
        .await;
    let (alarm, _told) = alarm();
    let lock = locked(&server, &alarm).await.unwrap();
    assert_eq!(lock.release().await, Ok(()));
    let requests = requests(&server).await;
    let [write, list, delete] = requests.as_slice() else {
        panic!("{requests:#?}");
    };
    assert_eq!(request_line(write), format!("PUT /{BUCKET}/{LOCK}"));
    let conditions = ["if-none-match", "if-match"].map(|name| header(write, name));
    assert_eq!(conditions, ["*", ""]);
    assert_eq!(body(write), holder_json("ann@host"));
    assert_eq!(
        request_line(list),
        format!("GET /{BUCKET}/?versions&prefix=locks%2Fclaims%2Fdefault%2Ftriage")
    );
    assert_eq!(
        body(delete),
        deleting(&[(LOCK, "v2"), (LOCK, "v1"), (LOCK, "m1")])
    );
}

#[tokio::test]
async fn a_lock_that_another_holder_took_meanwhile_is_not_deleted() {
    for left in [
        format!("{}{}", latest(LOCK, "v2", "e2"), older(LOCK, "v1", "e1")),
        format!("{}{}", marker(LOCK, "m1"), older(LOCK, "v1", "e1")),
        String::new(),
    ] {
        let server = MockServer::start().await;
        on("PUT", LOCK)
            .respond_with(written("\"e1\""))
            .mount(&server)
            .await;
        listing_of(LOCK)
            .respond_with(listing(&left))
            .mount(&server)
            .await;
        let (alarm, _told) = alarm();
        let lock = locked(&server, &alarm).await.unwrap();
        assert_eq!(lock.release().await.unwrap_err().kind, FaultKind::Stale);
        assert_eq!(requests(&server).await.len(), 2, "nothing was deleted");
    }
}

/// Starts a server on which bob has the lock, and refuses it to everybody else.
async fn held(found: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    on("PUT", LOCK)
        .and(wiremock::matchers::header("if-none-match", "*"))
        .respond_with(error(412, "PreconditionFailed"))
        .mount(&server)
        .await;
    on("GET", LOCK).respond_with(found).mount(&server).await;
    server
}

#[tokio::test]
async fn a_held_lock_is_refused_with_the_name_of_its_holder() {
    let server = held(object(holder_json("bob@host"))).await;
    let (alarm, _told) = alarm();
    let refused = locked(&server, &alarm).await;
    match refused {
        Err(LockError::Held {
            owner: whose,
            holder: by,
        }) => {
            let bob = FoundHolder::Named(holder("bob@host"));
            assert_eq!((*whose, *by), (owner("triage"), bob));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(requests(&server).await.len(), 2);
}

#[tokio::test]
async fn a_lock_that_is_five_minutes_old_by_the_clock_of_s3_is_taken_over_if_it_is_unchanged() {
    let server = held(
        object(holder_json("bob@host")).insert_header("date", "Sun, 01 Mar 2026 12:05:00 GMT"),
    )
    .await;
    on("PUT", LOCK)
        .and(wiremock::matchers::header("if-match", "\"e1\""))
        .respond_with(written("\"e2\""))
        .mount(&server)
        .await;
    let (alarm, mut reported) = alarm();
    let lock = locked(&server, &alarm).await.unwrap();
    assert_eq!(lock.owner(), &owner("triage"));
    let requests = requests(&server).await;
    assert_eq!(body(&requests[2]), holder_json("ann@host"));
    assert!(matches!(reported.recv().await, Some(Event::Warning { .. })));
}

#[tokio::test]
async fn a_lock_that_is_not_understood_is_held_by_an_unknown_holder() {
    let server = held(object("junk")).await;
    let (alarm, _told) = alarm();
    match locked(&server, &alarm).await {
        Err(LockError::Held { holder, .. }) => assert_eq!(
            holder.to_string(),
            "an unknown holder: the lock `locks/claims/default/triage` is not understood: expected value at line 1 column 1"
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_lock_in_a_missing_or_denied_bucket_is_a_fault() {
    for (answer, kind) in [
        (error(404, "NoSuchBucket"), FaultKind::NotFound),
        (error(403, "AccessDenied"), FaultKind::Denied),
    ] {
        let server = answering(answer).await;
        let (alarm, _told) = alarm();
        match locked(&server, &alarm).await {
            Err(LockError::Fault { source, .. }) => assert_eq!(source.kind, kind),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_locks_that_were_taken_are_released_when_another_is_held() {
    let server = held(object(holder_json("bob@host"))).await;
    let first = "locks/claims/default/intake";
    on("PUT", first)
        .respond_with(written("\"e1\""))
        .mount(&server)
        .await;
    listing_of(first)
        .respond_with(listing(&latest(first, "v1", "e1")))
        .mount(&server)
        .await;
    deletion()
        .respond_with(xml("<DeleteResult/>"))
        .mount(&server)
        .await;
    let (alarm, _told) = alarm();
    let owners = [owner("triage"), owner("intake")];
    let never = CancellationToken::new();
    let error = take_all(
        &locks(&server),
        &owners,
        &holder("ann@host"),
        &alarm,
        &never,
    )
    .await
    .unwrap_err();
    assert!(matches!(error, LockError::Held { .. }), "{error:?}");
    let requests = requests(&server).await;
    assert_eq!(body(&requests[4]), deleting(&[(first, "v1")]));
}

#[tokio::test]
async fn a_renewal_overwrites_only_the_runs_own_lock_and_a_refusal_is_no_failure() {
    let etag = Etag::new("\"e1\"");
    let (owner, holder) = (owner("triage"), holder("ann@host"));
    for refusal in [
        error(412, "PreconditionFailed"),
        error(404, "NoSuchKey"),
        error(409, "ConditionalRequestConflict"),
    ] {
        let server = answering(refusal).await;
        let answer = record_store(&server).replace(&owner, &holder, &etag).await;
        assert_eq!(answer, Ok(Written::Refused));
    }
    let server = answering(written("\"e2\"")).await;
    let answer = record_store(&server).replace(&owner, &holder, &etag).await;
    assert_eq!(answer, Ok(Written::As(Etag::new("\"e2\""))));
    let request = only_request(&server).await;
    let conditions = ["if-match", "if-none-match"].map(|name| header(&request, name));
    assert_eq!(conditions, ["\"e1\"", ""]);
    let closed = answering(error(403, "AccessDenied")).await;
    let fault = record_store(&closed).replace(&owner, &holder, &etag).await;
    assert_eq!(fault.unwrap_err().kind, FaultKind::Denied);
}

/// The pins of triage and of a new agent, as they are read from a server.
async fn pins_of(server: &MockServer) -> ObservedPins {
    let owners = [owner("triage"), owner("new")];
    record_store(server).pins(&owners).await
}

#[tokio::test]
async fn without_pins_one_listing_shows_that_there_are_none() {
    for answer in [listing(""), error(404, "NoSuchBucket")] {
        let server = MockServer::start().await;
        listing_of(PINS).respond_with(answer).mount(&server).await;
        assert_eq!(pins_of(&server).await, ObservedPins::default());
        assert_eq!(requests(&server).await.len(), 1);
    }
}

#[tokio::test]
async fn one_listing_finds_the_pins_of_all_agents_and_only_those_of_the_run_are_read() {
    let server = MockServer::start().await;
    let entries = [
        latest(
            "pins/claims/default/intake/lambda-alias/intake.live",
            "v1",
            "e1",
        ),
        marker("pins/claims/default/new/lambda-alias/new.live", "m1"),
        older("pins/claims/default/new/lambda-alias/new.live", "v1", "e1"),
        latest("pins/claims/default/new/elsewhere", "v1", "e1"),
        latest(PIN, "v2", "e2"),
        older(PIN, "v1", "e1"),
    ];
    listing_of(PINS)
        .respond_with(listing(&entries.concat()))
        .mount(&server)
        .await;
    on("GET", PIN)
        .respond_with(object(PIN_JSON))
        .mount(&server)
        .await;
    let pins = pins_of(&server).await;
    let found: Vec<_> = pins.all().collect();
    assert_eq!(found, [(&"triage".to_owned(), &pointer(), &pin())]);
    assert_eq!(requests(&server).await.len(), 2);
}

#[tokio::test]
async fn a_pin_that_cannot_be_read_is_a_fault_of_its_pointer_and_a_failed_listing_of_all() {
    for (answer, kind) in [
        (error(403, "AccessDenied"), FaultKind::Denied),
        (object("junk"), FaultKind::Service),
        (object(PIN_JSON.replace('3', "$LATEST")), FaultKind::Service),
    ] {
        let server = MockServer::start().await;
        listing_of(PINS)
            .respond_with(listing(&latest(PIN, "v1", "e1")))
            .mount(&server)
            .await;
        on("GET", PIN).respond_with(answer).mount(&server).await;
        let pins = pins_of(&server).await;
        let of = |agent| pins.of(agent, &pointer());
        assert_eq!(of("triage").unwrap().unwrap_err().kind, kind);
        assert_eq!(of("new"), None);
    }
    let denied = answering(error(403, "AccessDenied")).await;
    let pins = pins_of(&denied).await;
    assert!(matches!(&pins, ObservedPins::Unreadable(fault) if fault.kind == FaultKind::Denied));
}

#[tokio::test]
async fn a_pin_is_one_object_and_every_version_of_it_is_deleted() {
    let server = MockServer::start().await;
    on("PUT", PIN)
        .respond_with(written("\"e1\""))
        .mount(&server)
        .await;
    listing_of(PIN)
        .respond_with(listing(&format!(
            "{}{}",
            latest(PIN, "v2", "e2"),
            version(PIN, "v1")
        )))
        .mount(&server)
        .await;
    deletion()
        .respond_with(xml("<DeleteResult/>"))
        .mount(&server)
        .await;
    let (store, owner) = (record_store(&server), owner("triage"));
    assert_eq!(store.save_pin(&owner, &pointer(), &pin()).await, Ok(()));
    assert_eq!(store.remove_pin(&owner, &pointer()).await, Ok(()));
    let requests = requests(&server).await;
    assert_eq!(body(&requests[0]), PIN_JSON);
    assert_eq!(body(&requests[2]), deleting(&[(PIN, "v2"), (PIN, "v1")]));
}

#[tokio::test]
async fn an_agent_is_forgotten_with_all_versions_on_all_pages_a_thousand_at_a_time() {
    let server = MockServer::start().await;
    let key = format!("{OBJECTS}prompt");
    let first: String = (0..1000).map(|n| version(&key, &format!("v{n}"))).collect();
    listing_of(OBJECTS)
        .and(query_param_is_missing("key-marker"))
        .respond_with(listing(&format!(
            "<IsTruncated>true</IsTruncated><NextKeyMarker>{key}</NextKeyMarker><NextVersionIdMarker>v999</NextVersionIdMarker>{first}"
        )))
        .mount(&server)
        .await;
    listing_of(OBJECTS)
        .and(query_param("key-marker", key.as_str()))
        .and(query_param("version-id-marker", "v999"))
        .respond_with(listing(&marker(&key, "m1")))
        .mount(&server)
        .await;
    let pins = format!("{PINS}triage/");
    listing_of(&pins)
        .respond_with(listing(&version(PIN, "v1")))
        .mount(&server)
        .await;
    // The key after the record's begins with it, and so do all keys of the next pages.
    listing_of(RECORD)
        .respond_with(listing(&format!(
            "<IsTruncated>true</IsTruncated><NextKeyMarker>{RECORD}.bak</NextKeyMarker><NextVersionIdMarker>v8</NextVersionIdMarker>{}{}",
            version(RECORD, "v1"),
            version(&format!("{RECORD}.bak"), "v8"),
        )))
        .mount(&server)
        .await;
    deletion()
        .respond_with(xml("<DeleteResult/>"))
        .mount(&server)
        .await;
    assert_eq!(record_store(&server).forget(&owner("triage")).await, Ok(()));
    let requests = requests(&server).await;
    let methods: Vec<&str> = requests
        .iter()
        .map(|request| request.method.as_str())
        .collect();
    assert_eq!(
        methods,
        ["GET", "GET", "POST", "POST", "GET", "POST", "GET", "POST"]
    );
    assert_eq!(body(&requests[2]).matches("<Object>").count(), 1000);
    assert_eq!(body(&requests[3]), deleting(&[(&key, "m1")]));
    assert_eq!(body(&requests[5]), deleting(&[(PIN, "v1")]));
    assert_eq!(body(&requests[7]), deleting(&[(RECORD, "v1")]));
}

#[tokio::test]
async fn an_agent_without_versions_or_bucket_is_forgotten_without_a_deletion() {
    for answer in [listing(""), error(404, "NoSuchBucket")] {
        let server = answering(answer).await;
        assert_eq!(record_store(&server).forget(&owner("triage")).await, Ok(()));
        let lines = request_lines(&server).await;
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines.iter().all(|line| line.starts_with("GET")));
    }
}

#[tokio::test]
async fn a_version_that_cannot_be_deleted_is_a_fault() {
    let server = MockServer::start().await;
    listing_of(OBJECTS)
        .respond_with(listing(&version(&format!("{OBJECTS}prompt"), "v1")))
        .mount(&server)
        .await;
    deletion()
        .respond_with(xml(&format!(
            "<DeleteResult><Error><Key>{OBJECTS}prompt</Key><VersionId>v1</VersionId><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>"
        )))
        .mount(&server)
        .await;
    let fault = record_store(&server)
        .forget(&owner("triage"))
        .await
        .unwrap_err();
    assert_eq!(
        fault.to_string(),
        format!("s3 DeleteObjects: AccessDenied: `{OBJECTS}prompt`: Access Denied")
    );
    assert_eq!(fault.kind, FaultKind::Denied);
}

#[tokio::test]
async fn the_key_of_a_project_is_deleted_only_when_nothing_of_the_project_is_left() {
    let objects = "objects/claims/default/";
    let seal = version(SEAL, "s1");
    let none = String::new;
    let record = format!("{seal}{}", version(RECORD, "v1"));
    let marked = format!("{seal}{}", marker(RECORD, "m1"));
    let prompt = version(&format!("{OBJECTS}prompt"), "v1");
    let cases = [
        (seal.clone(), none(), none(), true),
        (record, none(), none(), false),
        (marked, none(), none(), false),
        (seal.clone(), version(PIN, "v1"), none(), false),
        (seal, none(), prompt, false),
    ];
    for (records, pins, left, is_deleted) in cases {
        let server = MockServer::start().await;
        for (prefix, entries) in [
            ("records/claims/default/", &records),
            (PINS, &pins),
            (objects, &left),
            (SEAL, &version(SEAL, "s1")),
        ] {
            listing_of(prefix)
                .respond_with(listing(entries))
                .mount(&server)
                .await;
        }
        deletion()
            .respond_with(xml("<DeleteResult/>"))
            .mount(&server)
            .await;
        let forgotten = record_store(&server)
            .forget_project("claims", "default")
            .await;
        assert_eq!(forgotten, Ok(()));
        let deletions: Vec<String> = requests(&server)
            .await
            .iter()
            .filter(|request| request.method == "POST")
            .map(body)
            .collect();
        let expected = if is_deleted {
            vec![deleting(&[(SEAL, "s1")])]
        } else {
            Vec::new()
        };
        assert_eq!(deletions, expected);
    }
}
