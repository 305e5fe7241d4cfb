//! Reads and writes the artifacts bucket through the S3 API.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, VersioningConfiguration,
};

use super::kind::ArtifactsBucket;
use super::spec::{ArtifactsBucketOutputs, ArtifactsBucketSpec};
use crate::aws::{Clients, concurrently};
use crate::resource::address::PhysicalName;
use crate::resource::document::Document;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::field::is_touched;
use crate::resource::kind::{Observed, Status};
use crate::resource::operation::{Operation, s3};
use crate::resource::owner::{OwnerFilter, Ownership, SHARED_TAG};
use crate::resource::provider::{Candidate, Intent, Mutation, Reader, Reading, Writer};
use crate::resource::reference::Resolved;
use crate::resource::site::Site;

/// The region whose buckets take no location constraint (S3 API, `CreateBucket`).
const FIRST_REGION: &str = "us-east-1";

/// The value of the algorithm for a bucket without default encryption.
const NOT_ENCRYPTED: &str = "none";

/// Reads the artifacts bucket of one account and region.
#[derive(Debug, Clone)]
pub struct ArtifactsBucketReader {
    clients: Arc<Clients>,
    site: Site,
}

impl ArtifactsBucketReader {
    /// Creates a reader that accepts a bucket only if S3 confirms that it belongs to the account.
    pub fn new(clients: Arc<Clients>, site: Site) -> Self {
        Self { clients, site }
    }

    async fn read_one(&self, name: &PhysicalName) -> Reading<Observed<ArtifactsBucket>> {
        match self.observe(name.as_str()).await {
            Ok(observed) => Reading::Found(observed),
            Err(fault) if fault.kind == FaultKind::NotFound => Reading::Absent,
            Err(fault) => Reading::Unreadable(fault),
        }
    }

    /// Fails with `NotFound` if there is no bucket, and only then.
    async fn observe(&self, bucket: &str) -> Result<Observed<ArtifactsBucket>, Fault> {
        self.head(bucket).await?;
        let (versioning, encryption, public_access_blocked, policy, tags) = tokio::try_join!(
            self.versioning(bucket),
            self.encryption(bucket),
            self.public_access_blocked(bucket),
            self.policy(bucket),
            self.tags(bucket),
        )?;
        Ok(Observed {
            spec: ArtifactsBucketSpec {
                versioning,
                encryption,
                public_access_blocked,
                policy,
            },
            outputs: ArtifactsBucketOutputs {
                arn: format!("arn:{}:s3:::{bucket}", self.site.partition),
                name: bucket.to_owned(),
            },
            status: Status::Ready,
            revision: None,
            owner: Ownership::from_tags(&tags),
        })
    }

    async fn head(&self, bucket: &str) -> Result<(), Fault> {
        // Refusals carry the bucket's region in a header as well (S3 API, HeadBucket: x-amz-bucket-region).
        let mut region = None;
        let call = async {
            let answer = self
                .clients
                .s3
                .head_bucket()
                .bucket(bucket)
                .expected_bucket_owner(&self.site.account)
                .send()
                .await;
            region = match &answer {
                Ok(head) => head.bucket_region(),
                Err(error) => error
                    .raw_response()
                    .and_then(|answer| answer.headers().get("x-amz-bucket-region")),
            }
            .map(str::to_owned);
            answer
        };
        let answer = self.clients.call(call).await;
        if let Some(region) = region.filter(|region| *region != self.site.region) {
            return Err(Fault::new(
                FaultKind::Invalid,
                s3::HEAD_BUCKET,
                format!(
                    "bucket `{bucket}` is in region {region}, not in {}",
                    self.site.region
                ),
            ));
        }
        match answer {
            Ok(_) => Ok(()),
            Err(fault) if fault.kind == FaultKind::Denied => Err(Fault {
                message: format!(
                    "bucket `{bucket}` does not belong to account {}, or these credentials may not see it",
                    self.site.account
                ),
                ..fault
            }),
            Err(fault) => Err(fault),
        }
    }

    async fn versioning(&self, bucket: &str) -> Result<bool, Fault> {
        let call = self
            .clients
            .s3
            .get_bucket_versioning()
            .bucket(bucket)
            .expected_bucket_owner(&self.site.account)
            .send();
        let answer = self.clients.call(call).await?;
        match answer.status() {
            Some(BucketVersioningStatus::Enabled) => Ok(true),
            Some(BucketVersioningStatus::Suspended) | None => Ok(false),
            Some(other) => Err(unknown(s3::GET_BUCKET_VERSIONING, "status", other.as_str())),
        }
    }

    async fn encryption(&self, bucket: &str) -> Result<String, Fault> {
        let call = self
            .clients
            .s3
            .get_bucket_encryption()
            .bucket(bucket)
            .expected_bucket_owner(&self.site.account)
            .send();
        let answer = present(self.clients.call(call).await)?;
        let algorithm = answer
            .as_ref()
            .and_then(|answer| answer.server_side_encryption_configuration())
            .and_then(|configuration| configuration.rules().first())
            .and_then(ServerSideEncryptionRule::apply_server_side_encryption_by_default)
            .map_or(NOT_ENCRYPTED, |default| default.sse_algorithm().as_str());
        Ok(algorithm.to_owned())
    }

    async fn public_access_blocked(&self, bucket: &str) -> Result<bool, Fault> {
        let call = self
            .clients
            .s3
            .get_public_access_block()
            .bucket(bucket)
            .expected_bucket_owner(&self.site.account)
            .send();
        let answer = present(self.clients.call(call).await)?;
        Ok(answer
            .as_ref()
            .and_then(|answer| answer.public_access_block_configuration())
            .is_some_and(|block| {
                [
                    block.block_public_acls(),
                    block.ignore_public_acls(),
                    block.block_public_policy(),
                    block.restrict_public_buckets(),
                ]
                .into_iter()
                .all(|switch| switch == Some(true))
            }))
    }

    async fn tags(&self, bucket: &str) -> Result<BTreeMap<String, String>, Fault> {
        let call = self
            .clients
            .s3
            .get_bucket_tagging()
            .bucket(bucket)
            .expected_bucket_owner(&self.site.account)
            .send();
        let answer = present(self.clients.call(call).await)?;
        let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    async fn policy(&self, bucket: &str) -> Result<Option<Document<Resolved>>, Fault> {
        let call = self
            .clients
            .s3
            .get_bucket_policy()
            .bucket(bucket)
            .expected_bucket_owner(&self.site.account)
            .send();
        let answer = present(self.clients.call(call).await)?;
        let Some(text) = answer.and_then(|answer| answer.policy) else {
            return Ok(None);
        };
        let document: Document<Resolved> = serde_json::from_str(&text).map_err(|error| {
            Fault::new(
                FaultKind::Service,
                s3::GET_BUCKET_POLICY,
                format!("the policy of bucket `{bucket}` is not understood: {error}"),
            )
        })?;
        Ok(Some(document.canonical()))
    }
}

impl Reader<ArtifactsBucket> for ArtifactsBucketReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<ArtifactsBucket>>> {
        concurrently(names.iter().map(|name| self.read_one(name))).await
    }

    /// Lists nothing: the bucket belongs to the account, and no destroy deletes it as a resource of an agent.
    async fn owned(&self, _: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        Ok(Vec::new())
    }
}

/// Creates, configures and deletes the artifacts bucket of one account and region.
#[derive(Debug, Clone)]
pub struct ArtifactsBucketWriter {
    clients: Arc<Clients>,
    site: Site,
}

impl ArtifactsBucketWriter {
    /// Creates a writer that changes no other account's bucket.
    pub fn new(clients: Arc<Clients>, site: Site) -> Self {
        Self { clients, site }
    }

    async fn put_public_access_block(&self, bucket: &str, on: bool) -> Result<Mutation, Fault> {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(on)
            .ignore_public_acls(on)
            .block_public_policy(on)
            .restrict_public_buckets(on)
            .build();
        let call = self
            .clients
            .s3
            .put_public_access_block()
            .bucket(bucket)
            .expected_bucket_owner(&self.site.account)
            .public_access_block_configuration(block)
            .send();
        self.clients.mutate(call).await
    }

    async fn put_policy(
        &self,
        bucket: &str,
        policy: Option<&Document<Resolved>>,
    ) -> Result<Mutation, Fault> {
        let Some(policy) = policy else {
            let call = self
                .clients
                .s3
                .delete_bucket_policy()
                .bucket(bucket)
                .expected_bucket_owner(&self.site.account)
                .send();
            return self.clients.mutate(call).await;
        };
        let text = serde_json::to_string(policy)
            .expect("documents have text keys only, so they serialise");
        let call = self
            .clients
            .s3
            .put_bucket_policy()
            .bucket(bucket)
            .expected_bucket_owner(&self.site.account)
            .policy(text)
            .send();
        self.clients.mutate(call).await
    }

    async fn put_versioning(&self, bucket: &str, on: bool) -> Result<Mutation, Fault> {
        let status = if on {
            BucketVersioningStatus::Enabled
        } else {
            BucketVersioningStatus::Suspended
        };
        let call = self
            .clients
            .s3
            .put_bucket_versioning()
            .bucket(bucket)
            .expected_bucket_owner(&self.site.account)
            .versioning_configuration(VersioningConfiguration::builder().status(status).build())
            .send();
        self.clients.mutate(call).await
    }

    async fn put_encryption(&self, bucket: &str, algorithm: &str) -> Result<Mutation, Fault> {
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::from(algorithm))
            .build()
            .map_err(|error| invalid(s3::PUT_BUCKET_ENCRYPTION, &error))?;
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .build();
        let configuration = ServerSideEncryptionConfiguration::builder()
            .rules(rule)
            .build()
            .map_err(|error| invalid(s3::PUT_BUCKET_ENCRYPTION, &error))?;
        let call = self
            .clients
            .s3
            .put_bucket_encryption()
            .bucket(bucket)
            .expected_bucket_owner(&self.site.account)
            .server_side_encryption_configuration(configuration)
            .send();
        self.clients.mutate(call).await
    }
}

impl Writer<ArtifactsBucket> for ArtifactsBucketWriter {
    async fn create(
        &self,
        name: &PhysicalName,
        _spec: &ArtifactsBucketSpec<Resolved>,
        _intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let mut configuration = CreateBucketConfiguration::builder();
        if self.site.region != FIRST_REGION {
            configuration = configuration
                .location_constraint(BucketLocationConstraint::from(self.site.region.as_str()));
        }
        // Part of the call itself, so that agentctl's bucket is never without the mark, not even for a moment.
        let mark = Tag::builder()
            .key(SHARED_TAG)
            .value("true")
            .build()
            .map_err(|error| invalid(s3::CREATE_BUCKET, &error))?;
        let configuration = configuration.tags(mark);
        let call = self
            .clients
            .s3
            .create_bucket()
            .bucket(name.as_str())
            .create_bucket_configuration(configuration.build())
            .send();
        self.clients.mutate(call).await
    }

    async fn update(
        &self,
        name: &PhysicalName,
        _now: &Observed<ArtifactsBucket>,
        spec: &ArtifactsBucketSpec<Resolved>,
        fields: &[String],
        _intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let bucket = name.as_str();
        let differs = |pointer: &str| is_touched(fields, pointer);
        // Public access is blocked before anything else.
        if differs("/publicAccessBlocked") {
            self.put_public_access_block(bucket, spec.public_access_blocked)
                .await
        } else if differs("/policy") {
            self.put_policy(bucket, spec.policy.as_ref()).await
        } else if differs("/versioning") {
            self.put_versioning(bucket, spec.versioning).await
        } else if differs("/encryption") {
            self.put_encryption(bucket, &spec.encryption).await
        } else {
            Err(Fault::local(
                FaultKind::Invalid,
                format!("no call changes {}", fields.join(", ")),
            ))
        }
    }

    /// Deletes the bucket. A bucket that is not empty is refused with the code [`super::NOT_EMPTY`].
    async fn delete(
        &self,
        name: &PhysicalName,
        _now: &Observed<ArtifactsBucket>,
    ) -> Result<Mutation, Fault> {
        let call = self
            .clients
            .s3
            .delete_bucket()
            .bucket(name.as_str())
            .expected_bucket_owner(&self.site.account)
            .send();
        self.clients.mutate(call).await
    }
}

/// Distinguishes a part that the bucket does not have from a bucket that does not exist.
fn present<T>(part: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match part {
        Ok(part) => Ok(Some(part)),
        Err(fault)
            if fault.kind == FaultKind::NotFound
                && fault.code.as_deref() != Some("NoSuchBucket") =>
        {
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

fn invalid(operation: Operation, error: &BuildError) -> Fault {
    Fault::new(FaultKind::Invalid, operation, error.to_string())
}

fn unknown(operation: Operation, what: &str, word: &str) -> Fault {
    Fault::new(
        FaultKind::Service,
        operation,
        format!("unknown {what} `{word}`"),
    )
}
