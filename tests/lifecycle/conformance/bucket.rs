//! The calls with which another client changes the bucket.

use aws_sdk_s3::types::{
    BucketVersioningStatus, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, VersioningConfiguration,
};

use super::{Change, Leaf};
use crate::support::BUCKET;

pub(super) async fn change(leaf: &Leaf<'_>) -> Change {
    let clients = leaf.world.clients();
    let s3 = &clients.s3;
    match leaf.path[..] {
        ["versioning"] => {
            let suspended = VersioningConfiguration::builder()
                .status(BucketVersioningStatus::Suspended)
                .build();
            let request = s3.put_bucket_versioning().bucket(BUCKET);
            request
                .versioning_configuration(suspended)
                .send()
                .await
                .unwrap();
        }
        ["encryption"] => {
            let key = clients.kms.create_key().send().await.unwrap();
            let default = ServerSideEncryptionByDefault::builder()
                .sse_algorithm(ServerSideEncryption::AwsKms)
                .kms_master_key_id(key.key_metadata.unwrap().arn.unwrap())
                .build()
                .unwrap();
            let rule = ServerSideEncryptionRule::builder()
                .apply_server_side_encryption_by_default(default)
                .build();
            let rules = ServerSideEncryptionConfiguration::builder()
                .rules(rule)
                .build()
                .unwrap();
            let request = s3.put_bucket_encryption().bucket(BUCKET);
            let request = request.server_side_encryption_configuration(rules);
            request.send().await.unwrap();
        }
        ["publicAccessBlocked"] => {
            s3.delete_public_access_block()
                .bucket(BUCKET)
                .send()
                .await
                .unwrap();
        }
        ["policy", "Statement", _, "Effect"] => {
            return Change::Cannot("S3 refuses a public policy while public access is blocked");
        }
        ["policy", .., "aws:SecureTransport", _] => {
            return Change::Cannot("S3 would then deny every request, also those of agentctl");
        }
        ["policy", ..] => {
            let request = s3.put_bucket_policy().bucket(BUCKET);
            let request = request.policy(leaf.document("/policy"));
            request.send().await.unwrap();
        }
        _ => panic!("no call is known that changes {:?} of a bucket", leaf.path),
    }
    Change::Made
}
