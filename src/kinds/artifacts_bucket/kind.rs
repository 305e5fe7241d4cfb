//! The kind of the artifacts bucket.

use super::spec::{ArtifactsBucketOutputs, ArtifactsBucketSpec};
use crate::resource::document::Document;
use crate::resource::kind::{Effect, FieldRule, Kind};
use crate::resource::reference::{Declared, Stage};

/// The code of the fault of a bucket that cannot be deleted because it is not empty.
///
/// Its kind is `Invalid` and not `Busy`, because waiting does not empty a bucket: `destroy` keeps it and reports that.
// S3 error responses: BucketNotEmpty.
pub const NOT_EMPTY: &str = "BucketNotEmpty";

/// The kind of the artifacts bucket.
#[derive(Debug, Clone, PartialEq)]
pub enum ArtifactsBucket {}

impl Kind for ArtifactsBucket {
    const NAME: &'static str = "artifacts-bucket";
    type Spec<S: Stage> = ArtifactsBucketSpec<S>;
    type Outputs = ArtifactsBucketOutputs;
    const RULES: &'static [FieldRule] = &[FieldRule::new("/policy", Effect::Permissions)];

    fn canonical<S: Stage>(mut spec: Self::Spec<S>) -> Self::Spec<S> {
        spec.policy = spec.policy.map(Document::canonical);
        spec
    }

    fn summary(spec: &Self::Spec<Declared>) -> String {
        let mut words = vec![spec.encryption.as_str()];
        if spec.versioning {
            words.push("versioned");
        }
        if spec.public_access_blocked {
            words.push("not public");
        }
        words.join(", ")
    }
}
