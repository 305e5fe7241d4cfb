//! Reads and writes objects through the S3 API.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::config::Config;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ServerSideEncryption};

use super::kind::{bucket_and_key, ownership};
use super::{
    Content, Contents, DELETED, OVERWRITTEN, S3Object, S3ObjectOutputs, S3ObjectSpec, physical_name,
};
use crate::aws::object_version::{Extent, NO_VERSION, ObjectVersions};
use crate::aws::{Clients, concurrently};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::operation::{Operation, Service, s3};
use crate::resource::owner::{OwnerFilter, Ownership};
use crate::resource::provider::{Candidate, Intent, Mutation, Outlook, Reader, Reading, Writer};
use crate::resource::reference::Resolved;
use crate::resource::site::Site;
use crate::resource::unseen::Unseen;

/// The metadata with the content's identity.
const DIGEST: &str = "agentctl-digest";
/// The metadata with the SHA-256 of the bytes that were uploaded with that identity.
const SHA256: &str = "agentctl-sha256";

/// The code with which S3 refuses an object whose key no longer exists (S3 API, "Error responses": the codes of KMS with its name before
/// them).
const KEY_NOT_FOUND: &str = "KMS.NotFoundException";

/// The content type of an object that was stored without one (S3 API, `PutObject`).
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// Reads objects of the artifacts bucket.
#[derive(Debug, Clone)]
pub struct S3ObjectReader {
    clients: Arc<Clients>,
    site: Site,
}

/// The answer of `HeadObject`.
enum Head {
    Object(Box<HeadObjectOutput>),
    /// The newest version, with this id, is a delete marker.
    DeleteMarker(String),
    Nothing,
}

impl S3ObjectReader {
    /// Creates a reader.
    pub fn new(clients: Arc<Clients>, site: Site) -> Self {
        Self { clients, site }
    }

    async fn read_one(&self, name: &PhysicalName) -> Reading<Observed<S3Object>> {
        let answer = async {
            let (bucket, key) = parts(s3::HEAD_OBJECT, name)?;
            match self.head(bucket, key).await? {
                Head::Object(head) => self.observe(bucket, key, &head).map(Some),
                Head::DeleteMarker(version) => Ok(Some(self.without_content(bucket, key, version))),
                Head::Nothing => Ok(None),
            }
        };
        match (answer.await, parts(s3::HEAD_OBJECT, name)) {
            (Ok(Some(observed)), _) => Reading::Found(observed),
            (Ok(None), _) => Reading::Absent,
            // S3 refuses the read if the credentials cannot decrypt the object. The key still shows who owns it.
            (Err(fault), Ok((bucket, key)))
                if is_refusal(&fault)
                    && matches!(ownership(key, &self.site.region), Ownership::Of(_)) =>
            {
                let hidden = self.without_content(bucket, key, NO_VERSION.to_owned());
                let fault = self.reason(bucket, key).await.unwrap_or(fault);
                // Nothing can decrypt it again, so it is stored again.
                if fault.code.as_deref() == Some(KEY_NOT_FOUND) {
                    Reading::Found(hidden)
                } else {
                    Reading::Obscured(hidden, fault)
                }
            }
            (Err(fault), _) => Reading::Unreadable(fault),
        }
    }

    async fn head(&self, bucket: &str, key: &str) -> Result<Head, Fault> {
        // A deleted object with older versions answers 404 like one that never existed. Only its headers differ (S3 API, HeadObject:
        // x-amz-delete-marker).
        let mut marker = None;
        let call = async {
            let answer = self
                .clients
                .s3
                .head_object()
                .bucket(bucket)
                .key(key)
                .checksum_mode(ChecksumMode::Enabled)
                .expected_bucket_owner(&self.site.account)
                .send()
                .await;
            if let Some(refusal) = answer.as_ref().err().and_then(|error| error.raw_response()) {
                let header = |name| refusal.headers().get(name);
                if header("x-amz-delete-marker") == Some("true") {
                    marker = Some(header("x-amz-version-id").unwrap_or(NO_VERSION).to_owned());
                }
            }
            answer
        };
        match self.clients.call(call).await {
            Ok(head) => Ok(Head::Object(Box::new(head))),
            Err(fault) if fault.kind == FaultKind::NotFound => {
                Ok(marker.map_or(Head::Nothing, Head::DeleteMarker))
            }
            Err(fault) => Err(fault),
        }
    }

    /// Returns why an object is refused. Answers to `HeadObject` have no body, so they do not say.
    async fn reason(&self, bucket: &str, key: &str) -> Option<Fault> {
        let request = self.clients.s3.get_object().bucket(bucket).key(key);
        let request = request
            .range("bytes=0-0")
            .expected_bucket_owner(&self.site.account);
        let fault = self.clients.call(request.send()).await.err();
        fault.filter(is_refusal)
    }

    fn observe(
        &self,
        bucket: &str,
        key: &str,
        head: &HeadObjectOutput,
    ) -> Result<Observed<S3Object>, Fault> {
        let metadata = |name: &str| {
            head.metadata()
                .and_then(|metadata| metadata.get(name))
                .map(String::as_str)
        };
        let checksum = head.checksum_sha256();
        let digest = match metadata(DIGEST) {
            Some(digest) if checksum.is_some() && checksum == metadata(SHA256) => digest,
            _ => OVERWRITTEN,
        };
        let spec = S3ObjectSpec {
            bucket: bucket.to_owned(),
            digest: digest.to_owned(),
            kms_key: kms_key(head)?,
            content_type: head
                .content_type()
                .unwrap_or(DEFAULT_CONTENT_TYPE)
                .to_owned(),
        };
        let version_id = head.version_id().unwrap_or(NO_VERSION).to_owned();
        let checksum = checksum.unwrap_or_default().to_owned();
        Ok(self.observed(bucket, key, spec, version_id, checksum))
    }

    /// Describes an object whose content is deleted or cannot be decrypted: it can be stored again, and `destroy` must still find its
    /// versions.
    fn without_content(&self, bucket: &str, key: &str, version_id: String) -> Observed<S3Object> {
        let spec = S3ObjectSpec {
            bucket: bucket.to_owned(),
            digest: DELETED.to_owned(),
            kms_key: None,
            content_type: String::new(),
        };
        self.observed(bucket, key, spec, version_id, String::new())
    }

    fn observed(
        &self,
        bucket: &str,
        key: &str,
        spec: S3ObjectSpec<Resolved>,
        version_id: String,
        checksum: String,
    ) -> Observed<S3Object> {
        Observed {
            spec,
            outputs: S3ObjectOutputs {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                version_id,
                checksum,
                arn: format!("arn:{}:s3:::{bucket}/{key}", self.site.partition),
            },
            status: Status::Ready,
            revision: None,
            owner: ownership(key, &self.site.region),
        }
    }
}

impl Reader<S3Object> for S3ObjectReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<S3Object>>> {
        concurrently(names.iter().map(|name| self.read_one(name))).await
    }

    /// Lists every key that still has any version, including deleted ones.
    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let listings = filters.iter().map(|filter| self.owned_by(filter));
        let listed: Result<Vec<_>, Fault> = concurrently(listings).await.into_iter().collect();
        Ok(listed?.into_iter().flatten().collect())
    }
}

impl S3ObjectReader {
    async fn owned_by(&self, filter: &OwnerFilter) -> Result<Vec<Candidate>, Fault> {
        if filter.region != self.site.region {
            return Ok(Vec::new());
        }
        let bucket = self.site.artifacts_bucket();
        let mut prefix = format!("objects/{}/{}/", filter.project, filter.env);
        if let Some(agent) = &filter.agent {
            prefix.push_str(agent);
            prefix.push('/');
        }
        let versions = versions(&self.clients, &self.site, &bucket)
            .all(Extent::Below(&prefix))
            .await?;
        let keys: BTreeSet<PhysicalName> = versions
            .iter()
            .map(|version| physical_name(&bucket, &version.key))
            .collect();
        Ok(keys
            .into_iter()
            .map(|key| Candidate::new(key, filter))
            .collect())
    }
}

/// The slowest connection that an upload is given time for, in bytes a second.
const SLOWEST: u64 = 64 * 1024;

/// Returns timeouts that give an upload of this size enough time on a slow connection.
fn timeout_of(size: u64) -> TimeoutConfig {
    let attempt = Duration::from_secs(120 + size / SLOWEST);
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(attempt)
        // Enough for an attempt that is interrupted near its end, and another.
        .operation_timeout(attempt * 3)
        .build()
}

/// Stores and deletes objects of the artifacts bucket.
#[derive(Clone)]
pub struct S3ObjectWriter {
    clients: Arc<Clients>,
    site: Site,
    contents: Arc<dyn Contents>,
}

impl S3ObjectWriter {
    /// Creates a writer that takes the bytes from `contents`.
    pub fn new(clients: Arc<Clients>, site: Site, contents: Arc<dyn Contents>) -> Self {
        Self {
            clients,
            site,
            contents,
        }
    }

    /// Packs and uploads the content. `if_none_match` is the condition that S3 checks before it stores anything.
    async fn put(
        &self,
        name: &PhysicalName,
        spec: &S3ObjectSpec<Resolved>,
        if_none_match: Option<&str>,
    ) -> Result<Mutation, Fault> {
        let (bucket, key) = parts(s3::PUT_OBJECT, name)?;
        let content = self.pack(&spec.digest).await?;
        let body = ByteStream::from_path(content.path())
            .await
            .map_err(|error| invalid(&error))?;
        let length = i64::try_from(content.size()).map_err(|error| invalid(&error))?;
        let sha256 = content.sha256();
        let encryption = spec.kms_key.as_ref().map(|_| ServerSideEncryption::AwsKms);
        let call = self
            .clients
            .s3
            .put_object()
            .bucket(bucket)
            .key(key)
            .expected_bucket_owner(&self.site.account)
            .set_if_none_match(if_none_match.map(str::to_owned))
            .content_type(&spec.content_type)
            .content_length(length)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .checksum_sha256(&sha256)
            .metadata(DIGEST, &spec.digest)
            .metadata(SHA256, &sha256)
            // With a bucket key, many objects need one call to KMS (S3 user guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket
            // Keys").
            .set_bucket_key_enabled(encryption.is_some().then_some(true))
            .set_server_side_encryption(encryption)
            .set_ssekms_key_id(spec.kms_key.clone())
            .body(body)
            .customize()
            .config_override(Config::builder().timeout_config(timeout_of(content.size())))
            .send();
        self.clients.mutate(call).await
    }

    async fn pack(&self, digest: &str) -> Result<Box<dyn Content>, Fault> {
        let (contents, digest) = (self.contents.clone(), digest.to_owned());
        tokio::task::spawn_blocking(move || contents.pack(&digest))
            .await
            .map_err(|error| Fault::local(FaultKind::Service, error.to_string()))?
            .map_err(|error| invalid(&error))
    }
}

impl Writer<S3Object> for S3ObjectWriter {
    async fn create(
        &self,
        name: &PhysicalName,
        spec: &S3ObjectSpec<Resolved>,
        _intent: &Intent,
    ) -> Result<Mutation, Fault> {
        self.put(name, spec, Some("*"))
            .await
            .map_err(|fault| match fault.code.as_deref() {
                // S3 API, PutObject: If-None-Match.
                Some("PreconditionFailed") => Fault {
                    kind: FaultKind::AlreadyExists,
                    ..fault
                },
                _ => fault,
            })
    }

    /// Stores the object again, whatever differs. The bucket keeps the previous one as an older version.
    async fn update(
        &self,
        name: &PhysicalName,
        _now: &Observed<S3Object>,
        spec: &S3ObjectSpec<Resolved>,
        _fields: &[String],
        _intent: &Intent,
    ) -> Result<Mutation, Fault> {
        self.put(name, spec, None).await
    }

    /// Deletes all versions and delete markers of the key, or the newest thousand if there are more.
    async fn delete(
        &self,
        name: &PhysicalName,
        _now: &Observed<S3Object>,
    ) -> Result<Mutation, Fault> {
        let (bucket, key) = parts(s3::DELETE_OBJECTS, name)?;
        let all = versions(&self.clients, &self.site, bucket);
        let newest = all.newest(Extent::Key(key)).await?;
        if newest.is_empty() {
            return Err(Fault::new(
                FaultKind::NotFound,
                s3::DELETE_OBJECTS,
                format!("no version of `{key}` is left"),
            ));
        }
        all.delete(&newest).await?;
        Ok(Mutation(s3::DELETE_OBJECTS))
    }

    async fn outlook(&self, spec: &S3ObjectSpec<Resolved>, refusal: &Fault) -> Outlook {
        let unseen = Unseen::of(Service::S3, refusal.code.as_deref(), &refusal.message);
        match (unseen, &spec.kms_key) {
            // S3 uses a key with the caller's permissions.
            (Some(Unseen::Key), Some(key)) => self.clients.key_outlook(key, None).await,
            _ => Outlook::MayPass,
        }
    }
}

fn versions<'a>(clients: &'a Clients, site: &'a Site, bucket: &'a str) -> ObjectVersions<'a> {
    ObjectVersions::new(clients, &site.account, bucket)
}

/// Returns whether S3 answered the call and refused it, and did not fail otherwise.
fn is_refusal(fault: &Fault) -> bool {
    matches!(
        fault.kind,
        FaultKind::Denied | FaultKind::Invalid | FaultKind::NotYetConsistent
    ) && fault.code.is_some()
}

fn kms_key(head: &HeadObjectOutput) -> Result<Option<String>, Fault> {
    let unclear = |message: String| Fault::new(FaultKind::Service, s3::HEAD_OBJECT, message);
    match head.server_side_encryption() {
        None | Some(ServerSideEncryption::Aes256) => Ok(None),
        // Dual-layer encryption under the key protects at least as well as the declared encryption.
        Some(ServerSideEncryption::AwsKms | ServerSideEncryption::AwsKmsDsse) => head
            .ssekms_key_id()
            .map(|key| Some(key.to_owned()))
            .ok_or_else(|| unclear("the object is encrypted with a key that is not named".into())),
        Some(other) => Err(unclear(format!("unknown encryption `{}`", other.as_str()))),
    }
}

fn parts(operation: Operation, name: &PhysicalName) -> Result<(&str, &str), Fault> {
    bucket_and_key(name).ok_or_else(|| {
        Fault::new(
            FaultKind::Invalid,
            operation,
            format!("`{name}` is not of the form `<bucket>/<key>`"),
        )
    })
}

/// A fault from before anything was sent, with its causes.
fn invalid(error: &dyn Error) -> Fault {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    Fault::local(FaultKind::Invalid, message)
}
