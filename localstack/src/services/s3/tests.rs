//! What S3 promises, asked through the endpoint.

use bytes::Bytes;

use crate::Service;
use crate::testing::{Client, Reply};

mod bucket;
mod content;
mod integrity;
mod listing;
mod policy;
mod presigned;
mod version;

const XML: &str = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";

fn answer(status: u16, code: &str, message: &str) -> (u16, String, String) {
    (status, code.to_owned(), message.to_owned())
}

impl Client {
    async fn s3(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        self.rest(Service::S3, method, target, headers, body).await
    }

    async fn get(&self, target: &str) -> Reply {
        self.s3("GET", target, &[], "").await
    }

    async fn put(&self, target: &str, body: impl Into<Bytes>) -> Reply {
        self.s3("PUT", target, &[], body).await
    }

    async fn delete(&self, target: &str) -> Reply {
        self.s3("DELETE", target, &[], "").await
    }
}

/// A client with the bucket `code` in its region.
async fn with_bucket() -> Client {
    let client = Client::of_new_endpoint();
    client.put("/code", XML).await.ok();
    client
}

/// A client with the bucket `code`, which keeps versions.
async fn with_versions() -> Client {
    let client = with_bucket().await;
    set_versioning(&client, "Enabled").await;
    client
}

async fn set_versioning(client: &Client, status: &str) {
    let document = format!(
        "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>{status}</Status></VersioningConfiguration>"
    );
    client.put("/code?versioning", document).await.ok();
}

/// The buckets in the dump; null when S3 holds nothing.
fn state(client: &Client) -> serde_json::Value {
    client.endpoint.dump().unwrap()["111122223333"]["global"]["s3"]["buckets"].take()
}

/// The content of the answer's root element.
fn inside<'a>(reply: &'a Reply, root: &str) -> &'a str {
    let opening = format!("<{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    let (_, rest) = reply.text().split_once(&opening).unwrap();
    rest.strip_suffix(&format!("</{root}>")).unwrap()
}
