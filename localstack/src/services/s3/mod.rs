//! Amazon S3: buckets and objects.
//!
//! An account may do everything with its own buckets, except what their policies deny, and nothing with those of others.

use http::StatusCode;

use crate::api::{Api, read, write};
use crate::protocol::kind::Protocol;
use crate::service::Service;
use crate::wording::{Wording, Words};

mod access;
mod bucket;
mod checksum;
mod condition;
mod configuration;
mod document;
mod encryption;
mod erase;
mod fetch;
mod list;
mod lookup;
mod name;
mod object;
mod policy;
mod protection;
mod refusal;
pub(crate) mod state;
mod store;
#[cfg(test)]
mod tests;
mod unbuilt;
mod versioning;

pub(crate) use fetch::body;

/// How the service speaks.
pub(crate) const API: Api = Api {
    protocol: Protocol::RestXml,
    // The actions are those of the service authorization reference. Objects are strongly consistent, the configuration of buckets is
    // eventually so (S3 user guide, "What is Amazon S3?", data consistency model).
    lines: &[
        read("ListBuckets", bucket::list)
            .at("GET", "/")
            .needs("s3:ListAllMyBuckets")
            .eventual(),
        read("GetBucketLocation", bucket::location)
            .at("GET", "/{Bucket}")
            .with_query("location"),
        read("GetBucketVersioning", versioning::read)
            .at("GET", "/{Bucket}")
            .with_query("versioning")
            .eventual(),
        write("PutBucketVersioning", versioning::set)
            .at("PUT", "/{Bucket}")
            .with_query("versioning"),
        read("GetBucketEncryption", encryption::read)
            .at("GET", "/{Bucket}")
            .with_query("encryption")
            .needs("s3:GetEncryptionConfiguration")
            .eventual(),
        write("PutBucketEncryption", encryption::set)
            .at("PUT", "/{Bucket}")
            .with_query("encryption")
            .needs("s3:PutEncryptionConfiguration"),
        write("DeleteBucketEncryption", encryption::reset)
            .at("DELETE", "/{Bucket}")
            .with_query("encryption")
            .needs("s3:PutEncryptionConfiguration"),
        read("GetPublicAccessBlock", protection::read_block)
            .at("GET", "/{Bucket}")
            .with_query("publicAccessBlock")
            .needs("s3:GetBucketPublicAccessBlock")
            .eventual(),
        write("PutPublicAccessBlock", protection::set_block)
            .at("PUT", "/{Bucket}")
            .with_query("publicAccessBlock")
            .needs("s3:PutBucketPublicAccessBlock"),
        write("DeletePublicAccessBlock", protection::delete_block)
            .at("DELETE", "/{Bucket}")
            .with_query("publicAccessBlock")
            .needs("s3:PutBucketPublicAccessBlock"),
        read("GetBucketOwnershipControls", protection::read_ownership)
            .at("GET", "/{Bucket}")
            .with_query("ownershipControls")
            .eventual(),
        read("GetBucketPolicy", policy::read)
            .at("GET", "/{Bucket}")
            .with_query("policy")
            .eventual(),
        write("PutBucketPolicy", policy::set)
            .at("PUT", "/{Bucket}")
            .with_query("policy"),
        write("DeleteBucketPolicy", policy::delete)
            .at("DELETE", "/{Bucket}")
            .with_query("policy"),
        read("GetBucketTagging", bucket::tags)
            .at("GET", "/{Bucket}")
            .with_query("tagging")
            .eventual(),
        write("PutBucketTagging", bucket::set_tags)
            .at("PUT", "/{Bucket}")
            .with_query("tagging"),
        write("DeleteBucketTagging", bucket::delete_tags)
            .at("DELETE", "/{Bucket}")
            .with_query("tagging")
            .needs("s3:PutBucketTagging"),
        read("ListObjectsV2", list::objects)
            .at("GET", "/{Bucket}")
            .with_query("list-type")
            .needs("s3:ListBucket"),
        read("ListObjectVersions", list::versions)
            .at("GET", "/{Bucket}")
            .with_query("versions")
            .needs("s3:ListBucketVersions"),
        write("DeleteObjects", erase::many)
            .at("POST", "/{Bucket}")
            .with_query("delete")
            .needs("s3:DeleteObject"),
        write("CreateBucket", bucket::create)
            .at("PUT", "/{Bucket}")
            .limited(),
        read("HeadBucket", bucket::head)
            .at("HEAD", "/{Bucket}")
            .needs("s3:ListBucket"),
        write("DeleteBucket", bucket::delete).at("DELETE", "/{Bucket}"),
        write("PutObject", store::put).at("PUT", "/{Bucket}/{Key+}"),
        read("GetObject", fetch::get).at("GET", "/{Bucket}/{Key+}"),
        read("HeadObject", fetch::head)
            .at("HEAD", "/{Bucket}/{Key+}")
            .needs("s3:GetObject"),
        write("DeleteObject", erase::one).at("DELETE", "/{Bucket}/{Key+}"),
    ],
    unbuilt: unbuilt::UNBUILT,
    wording: Wording {
        service: Service::S3,
        // S3 API reference, "List of error codes".
        throttled: Words(
            StatusCode::SERVICE_UNAVAILABLE,
            "SlowDown",
            "Please reduce your request rate.",
        ),
        failed: Words(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            "We encountered an internal error. Please try again.",
        ),
        limit: Some(Words(
            StatusCode::BAD_REQUEST,
            "TooManyBuckets",
            "You have attempted to create more buckets than allowed",
        )),
        unsigned: Words(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied"),
        denied: (StatusCode::FORBIDDEN, "AccessDenied"),
        invalid: "InvalidArgument",
    },
};
