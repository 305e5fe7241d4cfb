//! The texts of policy documents: characters and length.

use crate::pattern::Pattern;

/// Characters of a policy document (IAM API, shape `policyDocumentType`).
pub(super) static DOCUMENT: Pattern = Pattern::new(r"[\u0009\u000A\u000D\u0020-\u00FF]+");

/// Counts what IAM counts of a document (IAM user guide, "IAM and AWS STS quotas": white space is not counted).
pub(super) fn counted_length(text: &str) -> usize {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .count()
}
