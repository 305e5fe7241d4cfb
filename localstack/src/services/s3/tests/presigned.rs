//! URLs that are signed.

use std::time::Duration;

use http::Method;
use tokio::time::advance;

use super::{answer, with_bucket};
use crate::presigned::target;
use crate::testing::{Client, Reply};

const LIFE: u64 = 60;

async fn ask(client: &Client, url: &str, method: Method, body: &'static str) -> Reply {
    let headers = [("host", "localhost")];
    let sent = client.send_raw(method.as_str(), url, &headers, body);
    sent.await.unwrap()
}

fn url(client: &Client, method: &str, secret: &str) -> String {
    let now = client.endpoint.clock().now();
    let credential = "111122223333/20260102/eu-west-1/s3/aws4_request";
    target(method, "/code/a%20b", credential, secret, (now, LIFE))
}

#[tokio::test(start_paused = true)]
async fn a_presigned_url_puts_and_gets_until_it_expires() {
    let client = with_bucket().await;
    let (put, get) = (url(&client, "PUT", "any"), url(&client, "GET", "local"));
    ask(&client, &put, Method::PUT, "one").await.ok();
    assert_eq!(ask(&client, &get, Method::GET, "").await.ok().text(), "one");
    advance(Duration::from_secs(LIFE + 1)).await;
    for (url, method) in [(&put, Method::PUT), (&get, Method::GET)] {
        assert_eq!(
            ask(&client, url, method, "").await.refusal(),
            answer(403, "AccessDenied", "Request has expired")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_url_that_was_signed_for_something_else_is_refused() {
    let client = with_bucket().await;
    let get = url(&client, "GET", "any");
    let refused = answer(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    );
    for (url, method) in [
        (url(&client, "GET", "another secret"), Method::GET),
        (get.clone(), Method::PUT),
        (get.replace("a%20b", "b"), Method::GET),
        (get.replace("Expires=60", "Expires=61"), Method::GET),
        (format!("{get}&versionId=null"), Method::GET),
    ] {
        assert_eq!(
            ask(&client, &url, method, "").await.refusal(),
            refused,
            "{url}"
        );
    }
}
