//! Log groups: making, describing and deleting them, and their protection from deletion.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::encryption::usable_key;
use super::group_tag;
use super::name;
use super::state::{Class, DataProtection, Group};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::page::page;
use crate::tag::Tags;
use crate::validate::Checks;
use crate::world::World;

/// Logs API, `DescribeLogGroups`: `limit` is 50 by default and at most.
const PAGE_SIZE: i64 = 50;

const CLASSES: [Class; 4] = [
    Class::Standard,
    Class::InfrequentAccess,
    Class::Delivery,
    Class::Essentials,
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    log_group_name: String,
    kms_key_id: Option<String>,
    tags: Option<Tags>,
    log_group_class: Option<String>,
    deletion_protection_enabled: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Describe {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    log_group_class: Option<String>,
    log_group_identifiers: Option<Vec<String>>,
    include_linked_accounts: Option<bool>,
    limit: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Delete {
    log_group_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Protect {
    log_group_identifier: String,
    deletion_protection_enabled: bool,
}

impl Class {
    fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::InfrequentAccess => "INFREQUENT_ACCESS",
            Self::Delivery => "DELIVERY",
            Self::Essentials => "ESSENTIALS",
        }
    }

    fn parse(call: &Call<'_>, name: &str) -> Result<Self, Refusal> {
        let names = CLASSES.map(Self::name);
        Checks::new()
            .one_of("logGroupClass", name, &names)
            .finish(call)?;
        let found = CLASSES.into_iter().find(|class| class.name() == name);
        Ok(found.expect("is one of the names, as just checked"))
    }
}

/// Logs API, `CreateLogGroup`.
pub(super) fn create(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Create = call.json()?;
    let group_name = input.log_group_name;
    name::check(call, "logGroupName", &group_name)?;
    if group_name.starts_with("aws/") {
        // Guess: the sentence. Logs API, `CreateLogGroup`: names cannot start with `aws/`.
        return Err(call.invalid("Log groups starting with AWS/ are reserved for AWS."));
    }
    let class = input.log_group_class.as_deref();
    let class = class.map_or(Ok(Class::Standard), |class| Class::parse(call, class))?;
    let tags = input.tags.map_or(Ok(Tags::new()), |tags| {
        group_tag::merged(call, "tags", &Tags::new(), tags)
    })?;
    if world
        .region(call.region)
        .logs
        .groups
        .contains_key(&group_name)
    {
        // The sentence of recorded answers.
        return Err(Refusal::bad_request(
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
        ));
    }
    let arn = name::arn(call, &group_name);
    let key = input
        .kms_key_id
        .map(|key| usable_key(call, world, &key, &arn))
        .transpose()?;
    let group = Group {
        name: group_name.clone(),
        arn,
        class,
        created: call.now,
        retention_days: None,
        key,
        deletion_protected: input.deletion_protection_enabled.unwrap_or(false),
        data_protection: DataProtection::Never,
        tags,
    };
    let logs = &mut world.region_mut(call.region).logs;
    logs.groups.insert(group_name, group);
    Ok(Answer::empty())
}

/// Logs API, `DescribeLogGroups`: ASCII-sorted by name.
pub(super) fn describe(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: Describe = call.json()?;
    input.check(call)?;
    let class = input.log_group_class.as_deref();
    let class = class.map(|class| Class::parse(call, class)).transpose()?;
    let groups = world.region(call.region).logs.groups.values();
    let found = groups
        .filter(|group| input.selects(group) && class.is_none_or(|class| selects(class, group)));
    let is_brief = input.log_group_name_pattern.is_some();
    let items = found.map(|group| (group.name.clone(), group.describe(is_brief)));
    let listing = format!(
        "{:?} {:?} {class:?} {:?}",
        input.log_group_name_prefix, input.log_group_name_pattern, input.log_group_identifiers
    );
    let size = input.limit.unwrap_or(PAGE_SIZE);
    let size = usize::try_from(size).expect("checked to be at least 1");
    // Guess: the sentence.
    let page = page(&listing, items, input.next_token.as_deref(), size)
        .map_err(|_| call.invalid("The specified nextToken is invalid."))?;
    let mut output = Map::new();
    output.insert("logGroups".to_owned(), Value::from(page.items));
    if let Some(next) = page.next {
        output.insert("nextToken".to_owned(), Value::from(next));
    }
    Ok(Answer::json(&output))
}

/// Logs API, `DeleteLogGroup`.
pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Delete = call.json()?;
    name::check(call, "logGroupName", &input.log_group_name)?;
    let logs = &mut world.region_mut(call.region).logs;
    if logs.group(&input.log_group_name)?.deletion_protected {
        // Guess: the sentence. The code is the one that the model lists for this operation alone.
        return Err(Refusal::bad_request(
            "ValidationException",
            "The specified log group has deletion protection enabled. Disable deletion protection before you delete it.",
        ));
    }
    logs.groups.remove(&input.log_group_name);
    Ok(Answer::empty())
}

/// Logs API, `PutLogGroupDeletionProtection`.
pub(super) fn protect(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Protect = call.json()?;
    let name = name::of_identifier(call, &input.log_group_identifier)?;
    let logs = &mut world.region_mut(call.region).logs;
    logs.group_mut(name)?.deletion_protected = input.deletion_protection_enabled;
    Ok(Answer::empty())
}

impl Describe {
    fn check(&self, call: &Call<'_>) -> Result<(), Refusal> {
        if self.include_linked_accounts == Some(true) {
            return Err(call.unknown_parameter("includeLinkedAccounts"));
        }
        if let Some(limit) = self.limit {
            Checks::new()
                .range("limit", limit, &(1..=PAGE_SIZE))
                .finish(call)?;
        }
        if let Some(prefix) = &self.log_group_name_prefix {
            name::check(call, "logGroupNamePrefix", prefix)?;
        }
        if let Some(part) = &self.log_group_name_pattern {
            name::check_substring(call, part)?;
        }
        if self.log_group_name_prefix.is_some() && self.log_group_name_pattern.is_some() {
            // The sentence of recorded answers.
            return Err(call.invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let Some(identifiers) = &self.log_group_identifiers else {
            return Ok(());
        };
        let mut checks = Checks::new();
        if !(1..=50).contains(&identifiers.len()) {
            checks.violate(
                "logGroupIdentifiers",
                identifiers.len(),
                "Member must have length between 1 and 50",
            );
        }
        checks.finish(call)?;
        // Logs API, `DescribeLogGroups`: outside of a monitoring account, names alone, and no other filter. Guess: the sentences.
        if let Some(arn) = identifiers.iter().find(|name| name.starts_with("arn:")) {
            return Err(call.invalid(format!(
                "{arn} is not the name of a log group in this account."
            )));
        }
        let others = [
            &self.log_group_name_prefix,
            &self.log_group_name_pattern,
            &self.log_group_class,
        ];
        if others.iter().any(|other| other.is_some()) {
            return Err(call.invalid("logGroupIdentifiers cannot be combined with other filters."));
        }
        Ok(())
    }

    fn selects(&self, group: &Group) -> bool {
        let prefix = self.log_group_name_prefix.as_deref();
        let part = self.log_group_name_pattern.as_deref();
        let listed = self.log_group_identifiers.as_ref();
        prefix.is_none_or(|prefix| group.name.starts_with(prefix))
            && part.is_none_or(|part| group.name.contains(part))
            && listed.is_none_or(|listed| listed.contains(&group.name))
    }
}

/// Logs API, `DescribeLogGroups`: asking for one of the two reduced classes finds both.
fn selects(class: Class, group: &Group) -> bool {
    let is_reduced = |class| matches!(class, Class::InfrequentAccess | Class::Essentials);
    class == group.class || (is_reduced(class) && is_reduced(group.class))
}

impl Group {
    /// Writes the group; a search by pattern gives only the first six members, as in recorded answers.
    fn describe(&self, is_brief: bool) -> Value {
        let mut output = json!({
            "logGroupName": self.name,
            "creationTime": self.created.as_millisecond(),
            "arn": format!("{}:*", self.arn),
            "logGroupArn": self.arn,
            "logGroupClass": self.class.name(),
            "metricFilterCount": 0,
        });
        if is_brief {
            return output;
        }
        output["storedBytes"] = json!(0);
        output["deletionProtectionEnabled"] = json!(self.deletion_protected);
        if let Some(days) = self.retention_days {
            output["retentionInDays"] = json!(days);
        }
        if let Some(key) = &self.key {
            output["kmsKeyId"] = json!(key);
        }
        match &self.data_protection {
            DataProtection::Never => {}
            DataProtection::Active { .. } => output["dataProtectionStatus"] = json!("ACTIVATED"),
            // Logs API, `LogGroup`: the status also shows that there was a policy.
            DataProtection::Deleted => output["dataProtectionStatus"] = json!("DELETED"),
        }
        output
    }
}
