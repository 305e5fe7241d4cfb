//! An operation: its name, where a REST protocol finds it, and what it can meet.

use std::collections::BTreeMap;

use http::Method;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::input::Pairs;
use crate::service::Service;

/// What an operation is called and how it behaves, without the function that answers it.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    kind: Kind,
    at: Option<At>,
    /// A read that AWS may answer from before the last write.
    pub(crate) eventual: bool,
    /// A write whose work goes on after the answer and may fail then.
    pub(crate) deferred: bool,
    /// A write that can be refused because a quota of the account is used up.
    pub(crate) limited: bool,
    /// The IAM action, where it is not the operation's own name.
    pub(crate) action: Option<&'static str>,
}

/// Whether an operation may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
}

/// Where a REST protocol finds an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    method: &'static str,
    /// Segments and labels: `/2015-03-31/functions/{FunctionName}`; a last label `{Key+}` takes the rest of the path.
    path: &'static str,
    query: Option<&'static str>,
}

impl Operation {
    pub(crate) const fn reading(name: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Read,
            at: None,
            eventual: false,
            deferred: false,
            limited: false,
            action: None,
        }
    }

    pub(crate) const fn writing(name: &'static str) -> Self {
        Self {
            kind: Kind::Write,
            ..Self::reading(name)
        }
    }

    /// Says where a REST protocol finds it. Of several that match a request the first in the table is taken.
    pub(crate) const fn at(mut self, method: &'static str, path: &'static str) -> Self {
        self.at = Some(At {
            method,
            path,
            query: None,
        });
        self
    }

    /// Demands a parameter in the URL, such as `list-type`, after `at`.
    pub(crate) const fn with_query(mut self, name: &'static str) -> Self {
        if let Some(at) = &mut self.at {
            at.query = Some(name);
        }
        self
    }

    pub(crate) fn is_write(&self) -> bool {
        self.kind == Kind::Write
    }

    pub(crate) fn action(&self, service: Service) -> String {
        self.action
            .map_or_else(|| format!("{service}:{}", self.name), str::to_owned)
    }

    pub(crate) fn first_segment(&self) -> Option<&'static str> {
        self.at
            .and_then(|at| at.path.split('/').nth(1))
            .filter(|segment| !segment.starts_with('{'))
    }

    /// Matches a REST request and gives the path's labels.
    pub(crate) fn matches(
        &self,
        method: &Method,
        path: &str,
        query: &Pairs,
    ) -> Option<BTreeMap<&'static str, String>> {
        let at = self.at?;
        let fits = at.method == method.as_str() && at.query.is_none_or(|name| query.contains(name));
        if fits { labels(at.path, path) } else { None }
    }
}

/// Where a REST protocol finds an operation that is not built, written as `PUT /{Bucket}/{Key+}?uploadId#x-amz-copy-source`: method, path,
/// and the URL parameters and the header that distinguish it.
#[derive(Debug)]
pub(crate) struct Place {
    method: &'static str,
    path: &'static str,
    query: &'static str,
    header: &'static str,
}

impl Place {
    pub(crate) fn of(text: &'static str) -> Self {
        let (text, header) = text.split_once('#').unwrap_or((text, ""));
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        let (method, path) = text.split_once(' ').unwrap_or((text, ""));
        Self {
            method,
            path,
            query,
            header,
        }
    }

    /// Returns whether method and path are not enough to distinguish it from others.
    pub(crate) fn is_particular(&self) -> bool {
        !self.query.is_empty() || !self.header.is_empty()
    }

    pub(crate) fn matches(&self, request: &Parts, query: &Pairs) -> bool {
        self.method == request.method.as_str()
            && self
                .query
                .split('&')
                .all(|name| name.is_empty() || query.contains(name))
            && (self.header.is_empty() || request.headers.contains_key(self.header))
            && labels(self.path, request.uri.path()).is_some()
    }
}

/// Takes the labels of a pattern out of a path; a slash at the end of the path is not significant, except within `{Key+}`.
fn labels(pattern: &'static str, path: &str) -> Option<BTreeMap<&'static str, String>> {
    let mut labels = BTreeMap::new();
    let mut rest = path.strip_prefix('/')?;
    for part in pattern[1..].split('/').filter(|part| !part.is_empty()) {
        if rest.is_empty() {
            return None;
        }
        let label = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'));
        if let Some(greedy) = label.and_then(|label| label.strip_suffix('+')) {
            labels.insert(greedy, decode(rest)?);
            return Some(labels);
        }
        let (segment, after) = rest.split_once('/').unwrap_or((rest, ""));
        match label {
            Some(label) if !segment.is_empty() => {
                labels.insert(label, decode(segment)?);
            }
            None if part == segment => {}
            _ => return None,
        }
        rest = after;
    }
    rest.is_empty().then_some(labels)
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
        labels(pattern, path).map(|labels| labels.into_iter().collect())
    }

    #[test]
    fn a_path_gives_its_labels_decoded() {
        let function = "/2015-03-31/functions/{FunctionName}/versions";
        let arn = "arn:aws:lambda:eu-west-1:000000000000:function:f".to_owned();
        assert_eq!(
            found(
                function,
                "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Af/versions"
            ),
            Some(vec![("FunctionName", arn)])
        );
        assert_eq!(found(function, "/2015-03-31/functions/f"), None);
        assert_eq!(found(function, "/2015-03-31/functions//versions"), None);
        let object = "/{Bucket}/{Key+}";
        assert_eq!(
            found(object, "/b/k/e+y/"),
            Some(vec![
                ("Bucket", "b".to_owned()),
                ("Key", "k/e+y/".to_owned())
            ])
        );
        assert_eq!(found(object, "/b/"), None);
        assert_eq!(
            found("/{Bucket}", "/b/"),
            Some(vec![("Bucket", "b".to_owned())])
        );
        assert_eq!(found("/", "/"), Some(Vec::new()));
    }
}
