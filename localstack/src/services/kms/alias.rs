//! Aliases: other names of keys.

use serde::Deserialize;
use serde_json::json;

use super::input::{Listing, Sizes};
use super::spec::are_alike;
use super::spreading::Spreading;
use super::state::{Alias, Key, State, alias_arn, no_such_alias};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::{deadline, epoch_seconds};
use crate::pattern::Pattern;
use crate::validate::Checks;
use crate::world::World;

/// KMS API, `ListAliases`: `Limit` defaults to 50 and is at most 100.
const SIZES: Sizes = Sizes {
    default: 50,
    most: 100,
};

/// KMS developer guide, "Quotas": aliases per key.
const MOST_OF_A_KEY: usize = 50;

static NAME: Pattern = Pattern::new("^[a-zA-Z0-9:/_-]+$");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Point {
    alias_name: String,
    target_key_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Delete {
    alias_name: String,
}

/// KMS API, `CreateAlias`.
pub(super) fn create(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Point = call.json()?;
    check_name(call, &input.alias_name)?;
    if input.alias_name.starts_with("alias/aws/") {
        // `CreateAlias`: the prefix is reserved. Guess: which error says so; this one is listed for names that are not valid. The sentence, too.
        return Err(Refusal::bad_request(
            "InvalidAliasNameException",
            format!(
                "{} starts with the reserved prefix alias/aws/",
                input.alias_name
            ),
        ));
    }
    let kms = &mut world.region_mut(call.region).kms;
    let target = target(call, kms, &input.target_key_id)?.id.clone();
    let arn = alias_arn(call, &input.alias_name);
    if kms.aliases.contains_key(&input.alias_name) {
        return Err(Refusal::bad_request(
            "AlreadyExistsException",
            format!("An alias with the name {arn} already exists"),
        ));
    }
    check_quota(kms, &target)?;
    let alias = Alias {
        arn,
        target: Spreading::new(target),
        created: call.now,
        updated: call.now,
        known_from: deadline(call.now, call.delays.kms_visible),
    };
    kms.aliases.insert(input.alias_name, alias);
    Ok(Answer::empty())
}

/// KMS API, `UpdateAlias`: to a key of the same type and usage.
pub(super) fn update(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Point = call.json()?;
    check_name(call, &input.alias_name)?;
    let kms = &mut world.region_mut(call.region).kms;
    let before = known(call, kms, &input.alias_name)?.target.here().clone();
    let after = target(call, kms, &input.target_key_id)?;
    let kind = |key: &Key| (key.spec.clone(), key.usage.clone());
    let (was, is) = (kms.keys.get(&before).map(kind), kind(after));
    let after = after.id.clone();
    if let Some(was) = was
        && !are_alike((&was.0, &was.1), (&is.0, &is.1))
    {
        // Guess: code and sentence. The page demands the same type and usage without naming the error.
        return Err(call.invalid(
            "The current and new KMS keys of an alias must have the same key type and key usage.",
        ));
    }
    if after != before {
        check_quota(kms, &after)?;
    }
    let alias = kms.aliases.get_mut(&input.alias_name);
    let alias = alias.expect("was found just above");
    alias.updated = call.now;
    alias.target.change(call, after);
    Ok(Answer::empty())
}

/// KMS API, `DeleteAlias`.
pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Delete = call.json()?;
    check_name(call, &input.alias_name)?;
    let kms = &mut world.region_mut(call.region).kms;
    known(call, kms, &input.alias_name)?;
    kms.aliases.remove(&input.alias_name);
    Ok(Answer::empty())
}

/// KMS API, `ListAliases`: of one key or of all. The predefined ones of AWS services are not there: none of their keys was ever used.
pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: Listing = call.json()?;
    let kms = &world.region(call.region).kms;
    let key = input.key_id.as_deref();
    let key = key.map(|name| kms.named(call, name)).transpose()?;
    let known = kms.aliases.iter().filter(|(_, alias)| {
        alias.known_from <= call.now && key.is_none_or(|key| key.id == *alias.target.here())
    });
    let listed = known.map(|(name, alias)| {
        let entry = json!({
            "AliasName": name,
            "AliasArn": alias.arn,
            "TargetKeyId": alias.target.here(),
            "CreationDate": epoch_seconds(alias.created),
            "LastUpdatedDate": epoch_seconds(alias.updated),
        });
        (name.clone(), entry)
    });
    input.answer(call, "Aliases", SIZES, listed)
}

/// Finds an alias that calls see.
fn known<'a>(call: &Call<'_>, kms: &'a State, name: &str) -> Result<&'a Alias, Refusal> {
    kms.aliases
        .get(name)
        .filter(|alias| alias.known_from <= call.now)
        .ok_or_else(|| no_such_alias(call, name))
}

/// Finds the key that an alias is to point at.
fn target<'a>(call: &Call<'_>, kms: &'a State, name: &str) -> Result<&'a Key, Refusal> {
    let resource = name.rsplit(':').next().unwrap_or_default();
    if resource.starts_with("alias/") {
        return Err(call.invalid("Aliases must refer to keys. Not aliases"));
    }
    let key = kms.named(call, name)?;
    key.must_last()?;
    Ok(key)
}

fn check_quota(kms: &State, key: &str) -> Result<(), Refusal> {
    let aliases = kms.aliases.values();
    if aliases.filter(|alias| alias.target.here() == key).count() < MOST_OF_A_KEY {
        return Ok(());
    }
    // Guess: the sentence.
    Err(Refusal::bad_request(
        "LimitExceededException",
        format!("A KMS key cannot have more than {MOST_OF_A_KEY} aliases"),
    ))
}

/// The sentences are those that deployers report.
fn check_name(call: &Call<'_>, name: &str) -> Result<(), Refusal> {
    Checks::new()
        .length("aliasName", name, &(1..=256))
        .pattern("aliasName", name, &NAME)
        .finish(call)?;
    let Some(rest) = name.strip_prefix("alias/") else {
        let page = "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
        return Err(call.invalid(format!(
            "Alias must start with the prefix \"alias/\". Please see {page}"
        )));
    };
    if rest.is_empty() || rest.contains(':') {
        return Err(call.invalid(format!("{name} contains invalid characters for an alias")));
    }
    Ok(())
}
