//! What holds for every service: routing, refusals, faults, the log, and serving over TCP.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::testing::{Client, START, endpoint};
use crate::{Config, Delays, Endpoint, Fault, FaultKind, Reset, Service, StoreError};

fn reported(status: u16, code: &str, message: &str) -> (u16, String, String) {
    (status, code.to_owned(), message.to_owned())
}

#[tokio::test]
async fn an_access_key_of_twelve_digits_is_the_account() {
    let client = Client::of_new_endpoint();
    let reply = client
        .query(Service::Sts, "GetCallerIdentity", &[])
        .await
        .ok();
    assert_eq!(reply.one("Account"), "111122223333");
    assert_eq!(reply.one("Arn"), "arn:aws:iam::111122223333:user/developer");
    assert_eq!(
        reply.one("RequestId"),
        reply.header("x-amzn-requestid").unwrap()
    );
    let other = client
        .in_account("AKIAEXAMPLE")
        .in_region("cn-north-1")
        .query(Service::Sts, "GetCallerIdentity", &[])
        .await
        .ok();
    assert_eq!(
        other.one("Arn"),
        "arn:aws-cn:iam::000000000000:user/developer"
    );
}

#[tokio::test(start_paused = true)]
async fn every_answer_is_dated_by_the_clock_of_the_endpoint() {
    let client = Client::of_new_endpoint();
    tokio::time::advance(Duration::from_mins(1)).await;
    let answered = client.query(Service::Sts, "GetCallerIdentity", &[]).await;
    let refused = client.send_raw("GET", "/", &[], "").await.unwrap();
    for reply in [answered, refused] {
        assert_eq!(reply.header("date"), Some("Fri, 02 Jan 2026 03:05:05 GMT"));
    }
}

#[tokio::test]
async fn an_unsigned_request_is_refused_in_the_shape_of_the_service_it_is_for() {
    let client = Client::of_new_endpoint();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let iam = client
        .send_raw("POST", "/", &form, "Action=GetRole&Version=2010-05-08")
        .await
        .unwrap();
    assert_eq!(
        iam.refusal(),
        reported(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token"
        )
    );
    assert!(iam.text().contains("<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>"));
    let target = [("x-amz-target", "TrentService.ListKeys")];
    let kms = client.send_raw("POST", "/", &target, "{}").await.unwrap();
    assert_eq!(
        kms.refusal(),
        reported(
            403,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token"
        )
    );
    assert_eq!(
        kms.value()["__type"],
        json!("MissingAuthenticationTokenException")
    );
}

#[tokio::test]
async fn rest_services_are_refused_in_their_own_shapes() {
    let client = Client::of_new_endpoint();
    let lambda = client
        .rest(Service::Lambda, "GET", "/1999-01-01/nothing", &[], "")
        .await;
    let message = "operation `GET /1999-01-01/nothing` of `lambda` is not built";
    assert_eq!(lambda.refusal(), reported(501, "NotImplemented", message));
    assert_eq!(
        lambda.value(),
        json!({ "Type": "Service", "message": message })
    );
    let s3 = client
        .send_raw("GET", "/bucket/key", &[], "")
        .await
        .unwrap();
    let (id, host_id) = (
        s3.header("x-amz-request-id").unwrap(),
        s3.header("x-amz-id-2").unwrap(),
    );
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message>\
         <RequestId>{id}</RequestId><HostId>{host_id}</HostId></Error>"
    );
    assert_eq!(
        (s3.status.as_u16(), s3.text(), id.len()),
        (403, expected.as_str(), 16)
    );
    let head = client
        .send_raw("HEAD", "/bucket/key", &[], "")
        .await
        .unwrap();
    assert_eq!((head.status.as_u16(), head.text()), (403, ""));
}

#[tokio::test]
async fn an_unsigned_path_is_for_the_service_with_that_first_part_and_else_for_a_bucket() {
    let client = Client::of_new_endpoint();
    let code = async |target: &str| {
        let reply = client.send_raw("GET", target, &[], "").await.unwrap();
        reply.refusal().1
    };
    let unsigned = "MissingAuthenticationTokenException";
    assert_eq!(code("/runtimes/triage-0123456789/").await, unsigned);
    assert_eq!(code("/runtimes-of-mine/key").await, "AccessDenied");
}

#[tokio::test]
async fn what_is_not_built_is_refused_by_its_name() {
    let client = Client::of_new_endpoint();
    let operation = client
        .query(Service::Sts, "DecodeAuthorizationMessage", &[])
        .await;
    assert_eq!(
        operation.refusal(),
        reported(
            501,
            "NotImplemented",
            "operation `DecodeAuthorizationMessage` of `sts` is not built"
        )
    );
    let parameter = client
        .query(Service::Sts, "GetCallerIdentity", &[("Verbose", "1")])
        .await;
    assert_eq!(
        parameter.refusal(),
        reported(
            501,
            "NotImplemented",
            "parameter `Verbose` of `GetCallerIdentity` is not built"
        )
    );
    let json = client.json(Service::Kms, "Levitate", json!({})).await;
    assert_eq!(
        json.refusal(),
        reported(
            501,
            "NotImplemented",
            "operation `Levitate` of `kms` is not built"
        )
    );
    let signed = [(
        "authorization",
        "AWS4-HMAC-SHA256 Credential=a/20260102/eu-west-1/braket/aws4_request, SignedHeaders=host, Signature=0",
    )];
    let service = client.send_raw("GET", "/jobs", &signed, "").await.unwrap();
    assert_eq!(
        service.refusal(),
        reported(501, "NotImplemented", "service `braket` is not built")
    );
}

#[tokio::test]
async fn a_region_that_is_no_region_is_refused() {
    let reply = Client::of_new_endpoint()
        .in_region("..")
        .query(Service::Sts, "GetCallerIdentity", &[])
        .await;
    assert_eq!(reply.refusal().1, "IncompleteSignature");
}

#[tokio::test(start_paused = true)]
async fn faults_happen_to_the_requests_they_were_ordered_for() {
    let endpoint = endpoint(Delays::none());
    let client = Client::new(&endpoint);
    endpoint.order_fault(
        Fault::new(FaultKind::Throttle)
            .on(Service::Sts, "GetCallerIdentity")
            .first(1),
    );
    endpoint.order_fault(
        Fault::new(FaultKind::ServerError)
            .on_service(Service::Sts)
            .nth(2),
    );
    endpoint.order_fault(
        Fault::new(FaultKind::Denied)
            .on(Service::Sts, "GetCallerIdentity")
            .nth(3),
    );
    endpoint.order_fault(Fault::new(FaultKind::ResetBefore).nth(4));
    endpoint.order_fault(Fault::new(FaultKind::ResetAfter).nth(5));
    endpoint.order_fault(Fault::new(FaultKind::Slow(Duration::from_mins(1))).nth(6));
    endpoint.order_fault(Fault::new(FaultKind::Throttle).on_writes());
    endpoint.order_fault(Fault::new(FaultKind::Throttle).in_account("444455556666"));
    let mut codes = Vec::new();
    let began = endpoint.clock().now();
    for _ in 0..7 {
        codes.push(
            match client
                .try_query(Service::Sts, "GetCallerIdentity", &[])
                .await
            {
                Ok(reply) if reply.status.is_success() => "done".to_owned(),
                Ok(reply) => format!("{} {}", reply.status.as_u16(), reply.refusal().1),
                Err(Reset) => "reset".to_owned(),
            },
        );
    }
    assert_eq!(
        codes,
        [
            "400 Throttling",
            "500 InternalFailure",
            "403 AccessDenied",
            "reset",
            "reset",
            "done",
            "done"
        ]
    );
    assert_eq!(
        endpoint.clock().now().duration_since(began),
        SignedDuration::from_secs(60)
    );
    let faults: Vec<_> = endpoint
        .log()
        .entries()
        .into_iter()
        .map(|entry| (entry.number, entry.status, entry.fault))
        .collect();
    assert_eq!(faults[2], (3, Some(403), Some(FaultKind::Denied)));
    assert_eq!(faults[4], (5, None, Some(FaultKind::ResetAfter)));
    assert_eq!(faults[6], (7, Some(200), None));
}

#[tokio::test]
async fn a_denial_is_worded_as_by_aws() {
    let client = Client::of_new_endpoint();
    client.endpoint.order_fault(Fault::new(FaultKind::Denied));
    let reply = client.query(Service::Sts, "GetCallerIdentity", &[]).await;
    let message = "User: arn:aws:iam::111122223333:user/developer is not authorized to perform: sts:GetCallerIdentity \
                   because no identity-based policy allows the sts:GetCallerIdentity action";
    assert_eq!(reply.refusal(), reported(403, "AccessDenied", message));
}

#[tokio::test]
async fn a_used_up_quota_is_reported_in_each_services_words_and_only_if_there_is_one() {
    let client = Client::of_new_endpoint();
    client.endpoint.order_fault(Fault::new(FaultKind::Quota));
    let role = client.query(Service::Iam, "CreateRole", &[]).await;
    let key = client.json(Service::Kms, "CreateKey", json!({})).await;
    let group = client
        .json(Service::Logs, "CreateLogGroup", json!({}))
        .await;
    let bucket = client.rest(Service::S3, "PUT", "/bucket", &[], "").await;
    let functions = "/2015-03-31/functions";
    let function = client
        .rest(Service::Lambda, "POST", functions, &[], "{}")
        .await;
    let runtime = client
        .rest(Service::AgentCore, "PUT", "/runtimes/", &[], "{}")
        .await;
    let codes = [role, key, group, bucket, function, runtime].map(|reply| {
        let (status, code, _) = reply.refusal();
        (status, code)
    });
    assert_eq!(
        codes,
        [
            (409, "LimitExceeded"),
            (400, "LimitExceededException"),
            (400, "LimitExceededException"),
            (400, "TooManyBuckets"),
            (400, "CodeStorageExceededException"),
            (402, "ServiceQuotaExceededException"),
        ]
        .map(|(status, code)| (status, code.to_owned()))
    );
    client
        .query(Service::Sts, "GetCallerIdentity", &[])
        .await
        .ok();
    let of = |service, operation| Fault::new(FaultKind::Quota).on(service, operation);
    assert!(of(Service::Kms, "CreateKey").can_happen());
    assert!(!of(Service::Kms, "DescribeKey").can_happen());
    assert!(
        !Fault::new(FaultKind::Quota)
            .on_service(Service::Sts)
            .can_happen()
    );
}

#[tokio::test]
async fn a_fault_rate_is_the_same_in_every_run() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let client = Client::of_new_endpoint();
        client
            .endpoint
            .order_fault(Fault::new(FaultKind::Throttle).rate(0.3));
        let mut throttled = Vec::new();
        for number in 0..200 {
            if !client
                .query(Service::Sts, "GetCallerIdentity", &[])
                .await
                .status
                .is_success()
            {
                throttled.push(number);
            }
        }
        runs.push(throttled);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(
        (30..90).contains(&runs[0].len()),
        "{} of 200",
        runs[0].len()
    );
}

#[tokio::test(start_paused = true)]
async fn the_log_has_the_greatest_concurrency() {
    let client = Client::of_new_endpoint();
    client
        .endpoint
        .order_fault(Fault::new(FaultKind::Slow(Duration::from_secs(1))));
    futures::future::join_all((0..5).map(|_| client.query(Service::Sts, "GetCallerIdentity", &[])))
        .await;
    let log = client.endpoint.log();
    assert_eq!(
        (
            log.greatest_concurrency(),
            log.count(Service::Sts, "GetCallerIdentity"),
            log.writes()
        ),
        (5, 5, 0)
    );
    log.clear();
    assert_eq!((log.greatest_concurrency(), log.entries()), (0, Vec::new()));
}

#[tokio::test]
async fn only_loopback_is_served() {
    let refused = async |listener: TcpListener| {
        let address = listener.local_addr().unwrap();
        let served = endpoint(Delays::none())
            .serve(listener, std::future::ready(()))
            .await;
        assert_eq!(
            served.unwrap_err().to_string(),
            format!("`{address}` is not a loopback address")
        );
    };
    refused(TcpListener::bind("0.0.0.0:0").await.unwrap()).await;
    // A machine without IPv6 has no such address to serve under.
    if let Ok(listener) = TcpListener::bind("[::]:0").await {
        refused(listener).await;
    }
}

#[tokio::test]
async fn what_is_built_is_listed_without_a_signature() {
    let client = Client::of_new_endpoint();
    let reply = client
        .send_raw("GET", "/_agentctl/operations", &[], "")
        .await
        .unwrap();
    assert_eq!(reply.value()["sts"], json!(["GetCallerIdentity"]));
    let services: Vec<_> = reply.value().as_object().unwrap().keys().cloned().collect();
    assert_eq!(services, Service::ALL.map(Service::name));
}

#[tokio::test]
async fn over_tcp_an_answer_comes_and_a_reset_drops_the_connection() {
    let endpoint = endpoint(Delays::none());
    endpoint.order_fault(Fault::new(FaultKind::ResetAfter).on(Service::Sts, "GetCallerIdentity"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(endpoint.serve(listener, async { stopped.await.unwrap() }));
    let ask = async |request: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // A dropped connection ends the stream or resets it, as the kernel likes.
        let _ = stream.read_to_string(&mut answer).await;
        answer
    };
    let health =
        ask("GET /_agentctl/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    assert!(
        health.starts_with("HTTP/1.1 200 OK") && health.contains("\"iam\""),
        "{health}"
    );
    let signed = "POST / HTTP/1.1\r\nhost: localhost\r\nauthorization: AWS4-HMAC-SHA256 Credential=a/20260102/eu-west-1/sts/aws4_request, \
                  SignedHeaders=host, Signature=0\r\ncontent-length: 43\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15";
    assert_eq!(ask(signed).await, "");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

const TRUST: &str = r#"{"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;

async fn create_role(endpoint: &Endpoint, name: &str) {
    let parameters = [("RoleName", name), ("AssumeRolePolicyDocument", TRUST)];
    Client::new(endpoint)
        .query(Service::Iam, "CreateRole", &parameters)
        .await
        .ok();
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::in_folder(folder.path(), Delays::real()).start(START.parse().unwrap());
    let first = Endpoint::new(config.clone()).unwrap();
    create_role(&first, "exec").await;
    assert!(folder.path().join("111122223333/global/iam.json").exists());
    let second = Endpoint::new(config).unwrap();
    assert_eq!(second.dump().unwrap(), first.dump().unwrap());
    assert_eq!(
        second.dump().unwrap()["111122223333"]["global"]["iam"]["roles"]["exec"]["known_from"],
        json!("2026-01-02T03:04:13Z")
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_read_stops_the_start_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Endpoint::new(Config::in_folder(folder.path(), Delays::none()));
    create_role(&open().unwrap(), "exec").await;
    let file = folder.path().join("111122223333/global/iam.json");
    let whole = std::fs::read_to_string(&file).unwrap();
    // A process killed while writing leaves this beside the whole file.
    std::fs::write(file.with_extension("unfinished"), "{").unwrap();
    open().unwrap();
    std::fs::write(&file, whole.replace("\"format\": 1", "\"format\": 2")).unwrap();
    assert!(matches!(open(), Err(StoreError::Format { path, found: 2 }) if path == file));
    std::fs::write(&file, whole.replace("\"path\"", "\"way\"")).unwrap();
    assert!(matches!(open(), Err(StoreError::Unreadable { path, .. }) if path == file));
    std::fs::write(&file, whole).unwrap();
    let stray = folder.path().join("111122223333/global/notes.json");
    std::fs::write(&stray, "{}").unwrap();
    assert!(matches!(open(), Err(StoreError::Foreign { path }) if path == stray));
}

#[tokio::test]
async fn a_write_that_cannot_be_kept_is_refused_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::new(Config::in_folder(folder.path(), Delays::none())).unwrap();
    create_role(&endpoint, "first").await;
    let before = endpoint.dump().unwrap();
    let account = folder.path().join("111122223333");
    std::fs::remove_dir_all(&account).unwrap();
    std::fs::write(&account, "in the way").unwrap();
    let parameters = [("RoleName", "second"), ("AssumeRolePolicyDocument", TRUST)];
    let reply = Client::new(&endpoint)
        .query(Service::Iam, "CreateRole", &parameters)
        .await;
    assert_eq!(
        (reply.status.as_u16(), reply.refusal().1),
        // Another attempt would meet the same disk, and clients repeat what 500 answers.
        (507, "InternalFailure".to_owned())
    );
    assert_eq!(endpoint.dump().unwrap(), before);
}

#[tokio::test]
async fn a_blob_without_an_owner_is_gone_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Endpoint::new(Config::in_folder(folder.path(), Delays::none())).unwrap();
    create_role(&open(), "exec").await;
    let blob = folder.path().join("111122223333/blobs/00ff");
    std::fs::create_dir_all(blob.parent().unwrap()).unwrap();
    std::fs::write(&blob, "left over").unwrap();
    open();
    assert!(!blob.exists());
}

#[tokio::test]
async fn a_dump_leaves_out_what_holds_nothing() {
    let endpoint = endpoint(Delays::none());
    let client = Client::new(&endpoint);
    create_role(&endpoint, "exec").await;
    client
        .in_account("444455556666")
        .query(Service::Iam, "ListRoles", &[])
        .await
        .ok();
    assert_eq!(
        endpoint
            .dump()
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["111122223333"]
    );
    client
        .query(Service::Iam, "DeleteRole", &[("RoleName", "exec")])
        .await
        .ok();
    assert_eq!(endpoint.dump().unwrap(), json!({}));
}
