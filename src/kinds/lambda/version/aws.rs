//! Reads and publishes versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_lambda::types::FunctionConfiguration;
use futures::future::BoxFuture;
use jiff::Timestamp;

use super::{LambdaVersion, VersionOutputs, VersionSpec};
use crate::aws::{Clients, concurrently};
use crate::kinds::lambda::aws::{
    LATEST, environment_fault, get_function, incomplete, number_of, reading, spec_of, status_of,
    versions,
};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::operation::lambda;
use crate::resource::owner::{OwnerFilter, Ownership};
use crate::resource::provider::{Candidate, Intent, Mutation, Reader, Reading, Writer};
use crate::resource::reference::Resolved;
use crate::resource::version::{Version, VersionLister};

/// The content of a version whose environment cannot be decrypted.
///
/// It never equals the content of `$LATEST`, whose environment could be decrypted at the same moment with the same credentials: the version
/// is encrypted with another key, and the key is part of the content.
const UNDECRYPTABLE: &str = "undecryptable";

/// Reads published versions.
#[derive(Debug)]
pub struct VersionReader(Arc<Clients>);

/// Publishes versions.
#[derive(Debug)]
pub struct VersionWriter(Arc<Clients>);

/// A published version as a listing returns it.
struct Published {
    number: u64,
    content: String,
    answer: FunctionConfiguration,
}

impl VersionReader {
    /// Creates a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    async fn read_one(&self, function: &PhysicalName) -> Reading<Observed<LambdaVersion>> {
        match self.observe(function.as_str()).await {
            Ok(Some((observed, Some(fault)))) => Reading::Obscured(observed, fault),
            Ok(Some((observed, None))) => Reading::Found(observed),
            Ok(None) => Reading::Absent,
            Err(fault) => reading(Err(fault)),
        }
    }

    /// Finds the newest version that has the content of `$LATEST`, or else the newest version of all.
    ///
    /// Also returns why that content could not be read, if so: then the newest version may be the wrong one.
    async fn observe(
        &self,
        function: &str,
    ) -> Result<Option<(Observed<LambdaVersion>, Option<Fault>)>, Fault> {
        let (mut latest, mut obscured) = (None, None);
        let mut published = Vec::new();
        for answer in versions(&self.0, function).await? {
            if answer.version() == Some(LATEST) {
                latest = Some(content_of(&answer)?);
                obscured = environment_fault(&answer);
            } else {
                published.push(Published::of(answer)?);
            }
        }
        let latest =
            latest.ok_or_else(|| incomplete(lambda::LIST_VERSIONS_BY_FUNCTION, "`$LATEST`"))?;
        let count = published.iter().map(|_| 1).sum();
        let newest = published
            .into_iter()
            .max_by_key(|version| (version.content == latest, version.number));
        match newest {
            Some(version) => {
                let observed = self.describe(function, version, count).await?;
                Ok(Some((observed, obscured)))
            }
            None => Ok(None),
        }
    }

    async fn describe(
        &self,
        function: &str,
        version: Published,
        count: u64,
    ) -> Result<Observed<LambdaVersion>, Fault> {
        let number = version.number.to_string();
        Ok(Observed {
            status: self.status(function, &number, &version.answer).await?,
            spec: VersionSpec {
                function: function.to_owned(),
                content: version.content,
            },
            outputs: VersionOutputs {
                version: number,
                arn: version.answer.function_arn.ok_or_else(|| {
                    incomplete(lambda::LIST_VERSIONS_BY_FUNCTION, "a version's ARN")
                })?,
                count,
            },
            revision: None,
            owner: Ownership::Parent,
        })
    }

    /// Reads the status of a version. Listings do not have it (Lambda API, `ListFunctions`, names the fields), so the version itself is
    /// read.
    async fn status(
        &self,
        function: &str,
        number: &str,
        answer: &FunctionConfiguration,
    ) -> Result<Status, Fault> {
        if answer.state().is_some() {
            return status_of(lambda::LIST_VERSIONS_BY_FUNCTION, answer);
        }
        let (answer, _) = get_function(&self.0, function, Some(number)).await?;
        status_of(lambda::GET_FUNCTION, &answer)
    }
}

impl VersionLister for VersionReader {
    /// Lists the published versions of the function that an alias belongs to.
    fn versions<'a>(
        &'a self,
        alias: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Version>, Fault>> {
        Box::pin(async move {
            let function = alias.as_str().split(':').next().unwrap_or_default();
            let answer = versions(&self.0, function).await?;
            let published = answer
                .into_iter()
                .filter(|answer| answer.version() != Some(LATEST));
            published
                .map(|answer| {
                    Ok(Version {
                        number: number_of(&answer)?,
                        published: answer.last_modified.as_deref().map(rfc_3339),
                        digest: answer.code_sha256,
                        description: answer.description.filter(|text| !text.is_empty()),
                        // Lambda invokes every version that an alias can point at.
                        refusal: None,
                    })
                })
                .collect()
        })
    }
}

impl Reader<LambdaVersion> for VersionReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<LambdaVersion>>> {
        concurrently(names.iter().map(|name| self.read_one(name))).await
    }

    /// Lists nothing: Lambda deletes versions with their function.
    async fn owned(&self, _: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        Ok(Vec::new())
    }
}

impl VersionWriter {
    /// Creates a writer.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    /// Publishes `$LATEST` if it is what was planned. Fails if somebody changes it between the read and the call.
    ///
    /// Lambda answers with the last version if nothing has changed since (Lambda API, `PublishVersion`), so this can run twice.
    async fn publish(
        &self,
        function: &PhysicalName,
        spec: &VersionSpec<Resolved>,
    ) -> Result<Mutation, Fault> {
        let (latest, _) = get_function(&self.0, function.as_str(), None).await?;
        if content_of(&latest)? != spec.content {
            return Err(Fault::new(
                FaultKind::Stale,
                lambda::PUBLISH_VERSION,
                format!("function `{function}` is not what was planned to be published"),
            ));
        }
        self.0
            .mutate(
                self.0
                    .lambda
                    .publish_version()
                    .function_name(function.as_str())
                    .set_code_sha256(latest.code_sha256)
                    .set_revision_id(latest.revision_id)
                    .send(),
            )
            .await
    }
}

impl Writer<LambdaVersion> for VersionWriter {
    async fn create(
        &self,
        name: &PhysicalName,
        spec: &VersionSpec<Resolved>,
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        self.publish(name, spec).await
    }

    async fn update(
        &self,
        name: &PhysicalName,
        _: &Observed<LambdaVersion>,
        spec: &VersionSpec<Resolved>,
        _: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        self.publish(name, spec).await
    }

    /// Deletes the version that was read, and no other.
    async fn delete(
        &self,
        name: &PhysicalName,
        now: &Observed<LambdaVersion>,
    ) -> Result<Mutation, Fault> {
        self.0
            .mutate(
                self.0
                    .lambda
                    .delete_function()
                    .function_name(name.as_str())
                    .qualifier(&now.outputs.version)
                    .send(),
            )
            .await
    }
}

impl Published {
    fn of(answer: FunctionConfiguration) -> Result<Self, Fault> {
        let number = number_of(&answer)?;
        let content = if environment_fault(&answer).is_some() {
            UNDECRYPTABLE.to_owned()
        } else {
            content_of(&answer)?
        };
        Ok(Self {
            number,
            content,
            answer,
        })
    }
}

/// Converts a time from Lambda's form to RFC 3339; a time in another form stays as it is.
fn rfc_3339(answer: &str) -> String {
    // Lambda API, FunctionConfiguration: LastModified, "in ISO-8601 format (YYYY-MM-DDThh:mm:ss.sTZD)".
    Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", answer)
        // To the second, because people need no more.
        .and_then(|time| Timestamp::from_second(time.as_second()))
        .map_or_else(|_| answer.to_owned(), |time| time.to_string())
}

fn content_of(answer: &FunctionConfiguration) -> Result<String, Fault> {
    Ok(spec_of(lambda::LIST_VERSIONS_BY_FUNCTION, answer, BTreeMap::new())?.content())
}
