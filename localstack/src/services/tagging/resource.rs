//! `GetResources`, `GetTagKeys` and `GetTagValues`.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::page::{Page, page};
use crate::tag::Tags;
use crate::validate::Checks;
use crate::world::World;

/// `GetResources`: `ResourcesPerPage` has a maximum of 100, which is taken as the default too (a guess).
const LARGEST_PAGE: i64 = 100;
/// Keys and values of a page, for which the model has no number: a guess.
const NAMES_OF_PAGE: usize = 1000;
const MOST_FILTERS: usize = 50;
const MOST_VALUES: usize = 20;
const MOST_ARNS: usize = 100;
const MOST_TYPES: usize = 100;
const LONGEST_TYPE: usize = 256;
const LONGEST_ARN: usize = 1011;
const LONGEST_TOKEN: usize = 2048;
/// `PaginationTokenExpiredException`: a token is valid for 15 minutes.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(15);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetResources {
    pagination_token: Option<String>,
    tag_filters: Option<Vec<TagFilter>>,
    resources_per_page: Option<i64>,
    resource_type_filters: Option<Vec<String>>,
    #[serde(rename = "ResourceARNList")]
    resource_arn_list: Option<Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagFilter {
    key: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetTagKeys {
    pagination_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetTagValues {
    pagination_token: Option<String>,
    key: Option<String>,
}

pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: GetResources = call.json()?;
    input.check(call)?;
    let index = world.tag_index(call.region, call.now);
    let found = index
        .iter()
        .filter(|(arn, tags)| input.takes(arn, tags))
        .map(|(arn, tags)| (arn.clone(), (arn, tags)));
    let filters = json!([input.tag_filters, input.resource_type_filters]);
    let size = input.resources_per_page.unwrap_or(LARGEST_PAGE);
    let page = paged(
        call,
        &format!("GetResources {filters}"),
        found,
        input.pagination_token.as_deref(),
        usize::try_from(size).unwrap_or(usize::MAX),
    )?;
    let mappings: Vec<_> = page
        .items
        .iter()
        .map(|(arn, tags)| {
            let tags: Vec<_> = tags
                .iter()
                .map(|(key, value)| json!({ "Key": key, "Value": value }))
                .collect();
            json!({ "ResourceARN": arn, "Tags": tags })
        })
        .collect();
    Ok(Answer::json(&json!({
        "PaginationToken": page.next.unwrap_or_default(),
        "ResourceTagMappingList": mappings,
    })))
}

pub(super) fn keys(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: GetTagKeys = call.json()?;
    let index = world.tag_index(call.region, call.now);
    let keys: BTreeSet<&String> = index.values().flat_map(BTreeMap::keys).collect();
    let page = names(call, "GetTagKeys", keys, input.pagination_token.as_deref())?;
    Ok(Answer::json(&json!({
        "PaginationToken": page.next.unwrap_or_default(),
        "TagKeys": page.items,
    })))
}

pub(super) fn values(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: GetTagValues = call.json()?;
    let key = input.key.ok_or_else(|| call.missing("key"))?;
    Checks::new().length("key", &key, &(1..=128)).finish(call)?;
    let index = world.tag_index(call.region, call.now);
    let values: BTreeSet<&String> = index.values().filter_map(|tags| tags.get(&key)).collect();
    let listing = format!("GetTagValues {key}");
    let page = names(call, &listing, values, input.pagination_token.as_deref())?;
    Ok(Answer::json(&json!({
        "PaginationToken": page.next.unwrap_or_default(),
        "TagValues": page.items,
    })))
}

impl GetResources {
    /// Checks what the model and the descriptions of the members demand.
    fn check(&self, call: &Call<'_>) -> Result<(), Refusal> {
        if let Some(arns) = &self.resource_arn_list {
            self.check_arns(call, arns)?;
        }
        let mut checks = Checks::new();
        if let Some(size) = self.resources_per_page {
            checks.range("resourcesPerPage", size, &(1..=LARGEST_PAGE));
        }
        let filters = self.tag_filters.as_deref().unwrap_or_default();
        if filters.len() > MOST_FILTERS {
            checks.violate(
                "tagFilters",
                format_args!("{} filters", filters.len()),
                format_args!("Member must have length less than or equal to {MOST_FILTERS}"),
            );
        }
        for (at, filter) in filters.iter().enumerate() {
            let member = format!("tagFilters.{}.member", at + 1);
            match &filter.key {
                None => {
                    checks.violate(&format!("{member}.key"), "null", "Member must not be null");
                }
                Some(key) => {
                    checks.length(&format!("{member}.key"), key, &(1..=128));
                }
            }
            if filter.values.len() > MOST_VALUES {
                checks.violate(
                    &format!("{member}.values"),
                    format_args!("{} values", filter.values.len()),
                    format_args!("Member must have length less than or equal to {MOST_VALUES}"),
                );
            }
            for value in &filter.values {
                checks.length(&format!("{member}.values"), value, &(0..=256));
            }
        }
        let types = self.resource_type_filters.as_deref().unwrap_or_default();
        if types.len() > MOST_TYPES {
            checks.violate(
                "resourceTypeFilters",
                format_args!("{} types", types.len()),
                format_args!("Member must have length less than or equal to {MOST_TYPES}"),
            );
        }
        for kind in types {
            checks.length("resourceTypeFilters", kind, &(0..=LONGEST_TYPE));
        }
        checks.finish(call)
    }

    /// `ResourceARNList` stands alone.
    fn check_arns(&self, call: &Call<'_>, arns: &[String]) -> Result<(), Refusal> {
        let others = [
            (
                "TagFilters",
                self.tag_filters
                    .as_ref()
                    .is_some_and(|list| !list.is_empty()),
            ),
            (
                "ResourceTypeFilters",
                self.resource_type_filters
                    .as_ref()
                    .is_some_and(|list| !list.is_empty()),
            ),
            ("ResourcesPerPage", self.resources_per_page.is_some()),
            (
                "PaginationToken",
                self.pagination_token
                    .as_ref()
                    .is_some_and(|token| !token.is_empty()),
            ),
        ];
        if let Some((name, _)) = others.iter().find(|(_, is_there)| *is_there) {
            // The rule is documented, the sentence is a guess.
            return Err(call.invalid(format!(
                "You can't specify both the ResourceARNList parameter and the {name} parameter in the same request."
            )));
        }
        let mut checks = Checks::new();
        if !(1..=MOST_ARNS).contains(&arns.len()) {
            checks.violate(
                "resourceARNList",
                format_args!("{} ARNs", arns.len()),
                format_args!("Member must have length between 1 and {MOST_ARNS}, inclusive"),
            );
        }
        for arn in arns {
            checks.length("resourceARNList", arn, &(1..=LONGEST_ARN));
        }
        checks.finish(call)?;
        match arns.iter().find(|arn| !is_arn(arn, call.partition())) {
            // InvalidParameterException: "The partition specified in an ARN parameter in the request doesn't match"; sentence a guess.
            Some(arn) => Err(call.invalid(format!("{arn} is not a valid ARN in this partition"))),
            None => Ok(()),
        }
    }

    fn takes(&self, arn: &str, tags: &Tags) -> bool {
        if let Some(arns) = &self.resource_arn_list {
            return arns.iter().any(|listed| listed == arn);
        }
        let types = self.resource_type_filters.as_deref().unwrap_or_default();
        let filters = self.tag_filters.as_deref().unwrap_or_default();
        (types.is_empty() || types.iter().any(|kind| is_of_type(arn, kind)))
            && filters.iter().all(|filter| filter.takes(tags))
    }
}

impl TagFilter {
    fn takes(&self, tags: &Tags) -> bool {
        let value = self.key.as_ref().and_then(|key| tags.get(key));
        value.is_some_and(|value| self.values.is_empty() || self.values.contains(value))
    }
}

fn is_arn(text: &str, partition: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", of, service, _, _, resource] if *of == partition && !service.is_empty() && !resource.is_empty())
}

/// Returns whether a resource is of a type `service[:resourceType]`, in the words of its ARN; a bucket's ARN has no word for its type.
fn is_of_type(arn: &str, kind: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (Some(service), Some(resource)) = (parts.next(), parts.nth(2)) else {
        return false;
    };
    match kind.split_once(':') {
        None => kind == service,
        Some((of, name)) if of == service => match resource.split_once([':', '/']) {
            Some((found, _)) => found == name,
            None => service == "s3" && name == "bucket",
        },
        Some(_) => false,
    }
}

fn names<'a>(
    call: &Call<'_>,
    listing: &str,
    names: BTreeSet<&'a String>,
    token: Option<&str>,
) -> Result<Page<&'a String>, Refusal> {
    let names = names.into_iter().map(|name| (name.clone(), name));
    paged(call, listing, names, token, NAMES_OF_PAGE)
}

/// Takes a page; its token has the time when it was given. An empty token asks for the first page.
fn paged<T>(
    call: &Call<'_>,
    listing: &str,
    items: impl IntoIterator<Item = (String, T)>,
    token: Option<&str>,
    size: usize,
) -> Result<Page<T>, Refusal> {
    let invalid = || call.invalid("The PaginationToken is invalid");
    let token = token.filter(|token| !token.is_empty());
    let inner = match token {
        None => None,
        Some(token) if token.len() > LONGEST_TOKEN => return Err(invalid()),
        Some(token) => {
            let (given, inner) = token.split_once('.').ok_or_else(invalid)?;
            let given = given
                .parse()
                .ok()
                .and_then(|given| Timestamp::from_second(given).ok())
                .ok_or_else(invalid)?;
            if call.now.duration_since(given) > TOKEN_LIFE {
                return Err(Refusal::new(
                    StatusCode::BAD_REQUEST,
                    "PaginationTokenExpiredException",
                    "The specified PaginationToken has expired.",
                ));
            }
            Some(inner)
        }
    };
    let page = page(listing, items, inner, size).map_err(|_| invalid())?;
    let next = page
        .next
        .map(|inner| format!("{}.{inner}", call.now.as_second()));
    Ok(Page { next, ..page })
}
