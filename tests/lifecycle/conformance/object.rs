//! The calls with which another client changes an object.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ServerSideEncryption};

use super::{Change, Leaf};
use crate::support::BUCKET;

pub(super) async fn change(leaf: &Leaf<'_>) -> Change {
    let clients = leaf.world.clients();
    let key = leaf.live.outputs["key"].as_str().unwrap();
    let found = clients.s3.get_object().bucket(BUCKET).key(key);
    let found = found.send().await.unwrap();
    let content_type = found.content_type.unwrap();
    let kms_key = found.ssekms_key_id.unwrap();
    let bytes = found.body.collect().await.unwrap().into_bytes();
    // Stored again with everything but the leaf unchanged.
    let request = clients.s3.put_object().bucket(BUCKET).key(key);
    let request = request.set_metadata(found.metadata);
    let request = request.checksum_algorithm(ChecksumAlgorithm::Sha256);
    let of_key = |request: aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder| {
        request
            .server_side_encryption(ServerSideEncryption::AwsKms)
            .ssekms_key_id(&kms_key)
    };
    let request = match leaf.path[..] {
        ["bucket"] => return Change::Cannot("an object in another bucket is another object"),
        ["digest"] => of_key(request)
            .content_type(content_type)
            .body(ByteStream::from_static(b"by hand")),
        ["kmsKey"] => request
            .content_type(content_type)
            .body(ByteStream::from(bytes)),
        ["contentType"] => of_key(request)
            .content_type("text/x-by-hand")
            .body(ByteStream::from(bytes)),
        _ => panic!("no call is known that changes {:?} of an object", leaf.path),
    };
    request.send().await.unwrap();
    Change::Made
}
