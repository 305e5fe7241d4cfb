//! Making, finding and deleting buckets, and their tags.

use http::StatusCode;

use super::access;
use super::checksum;
use super::document::NAMESPACE;
use super::document::{Element, malformed};
use super::lookup::{bucket, bucket_mut, check_expected_owner, owned};
use super::name;
use super::refusal::invalid_argument;
use super::state::{Bucket, canonical_id, iso, refuse_subresources};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::page::page;
use crate::protocol::xml::Xml;
use crate::tag::{MOST_TAGS, TagViolation, Tags, merge};
use crate::world::World;

/// The region that has no location constraint and whose endpoint serves requests for the others.
const FIRST_REGION: &str = "us-east-1";

/// `ListBuckets`: pages only when asked to; 10,000 is the most buckets of an account.
const MOST_BUCKETS: i64 = 10_000;

pub(super) fn create(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    refuse_subresources(call)?;
    check_ownership(call)?;
    let name = call.path("Bucket");
    name::check(name)?;
    let (region, tags) = configuration(call)?;
    if let Some(existing) = world.s3.buckets.get(name) {
        // CreateBucket: in us-east-1 making one's own bucket again succeeds and changes nothing. Only if the request names no other region
        // (scality/cloudserver, issue 475) and no tags (localstack/localstack, pull request 13428): both were compared with S3.
        let is_the_same = region == FIRST_REGION && tags.is_empty();
        if existing.region == FIRST_REGION && call.region == FIRST_REGION && is_the_same {
            return Ok(created(name, existing));
        }
        let message =
            "Your previous request to create the named bucket succeeded and you already own it.";
        return Err(
            Refusal::new(StatusCode::CONFLICT, "BucketAlreadyOwnedByYou", message)
                .member("BucketName", name),
        );
    }
    if !call.namespace.claim(name, call.account) {
        let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the system. \
                       Please select a different name and try again.";
        return Err(
            Refusal::new(StatusCode::CONFLICT, "BucketAlreadyExists", message)
                .member("BucketName", name),
        );
    }
    let mut bucket = Bucket::new(name, &region, call.now);
    bucket.tags = tags;
    let answer = created(name, &bucket);
    world.s3.buckets.insert(name.to_owned(), bucket);
    Ok(answer)
}

fn created(name: &str, bucket: &Bucket) -> Answer {
    // CreateBucket, response: a path in us-east-1, else the bucket's address.
    let location = if bucket.region == FIRST_REGION {
        format!("/{name}")
    } else {
        format!("http://{name}.s3.amazonaws.com/")
    };
    Answer::empty()
        .header("location", &location)
        .header("x-amz-bucket-arn", &bucket.arn)
}

/// Lets only pass what a bucket with its ACLs off can have.
fn check_ownership(call: &Call<'_>) -> Result<(), Refusal> {
    match call.header("x-amz-object-ownership") {
        None | Some("BucketOwnerEnforced") => {}
        Some(other @ ("BucketOwnerPreferred" | "ObjectWriter")) => {
            return Err(call.unknown_parameter(&format!("x-amz-object-ownership: {other}")));
        }
        Some(other) => {
            return Err(invalid_argument(
                "x-amz-object-ownership",
                other,
                "Invalid x-amz-object-ownership header",
            ));
        }
    }
    match call.header("x-amz-bucket-namespace") {
        None | Some("global") => {}
        Some(other) => {
            return Err(call.unknown_parameter(&format!("x-amz-bucket-namespace: {other}")));
        }
    }
    match call.header("x-amz-acl") {
        None | Some("private") => Ok(()),
        // S3 user guide, "Controlling ownership of objects and disabling ACLs for your bucket", error codes.
        Some(_) => Err(Refusal::bad_request(
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        )),
    }
}

/// Reads where the bucket is to be, and its tags.
fn configuration(call: &Call<'_>) -> Result<(String, Tags), Refusal> {
    let (mut constraint, mut tags) = (None, Tags::new());
    let document;
    if call.body().is_empty() {
        checksum::check_body(call)?;
    } else {
        document = Element::of_body(call, "CreateBucketConfiguration")?;
        document.only(call, &["LocationConstraint", "Tags"])?;
        constraint = document
            .text("LocationConstraint")?
            .filter(|text| !text.is_empty());
        if let Some(listed) = document.one("Tags")? {
            tags = read_tags(call, listed)?;
        }
    }
    let incompatible = |constraint: &str| {
        let message = format!(
            "The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to."
        );
        Refusal::bad_request("IllegalLocationConstraintException", message)
    };
    // CreateBucket: a request to us-east-1 may name any other region; elsewhere only the endpoint's own will do.
    let region = match constraint {
        None if call.region == FIRST_REGION => FIRST_REGION,
        None => return Err(incompatible("unspecified")),
        Some("EU") if call.region == FIRST_REGION || call.region == "eu-west-1" => "eu-west-1",
        Some(named) if !is_location(named) => {
            let message = "The specified location-constraint is not valid";
            return Err(Refusal::bad_request("InvalidLocationConstraint", message)
                .member("LocationConstraint", named));
        }
        Some(named) if call.region == FIRST_REGION || call.region == named => named,
        Some(named) => return Err(incompatible(named)),
    };
    Ok((region.to_owned(), tags))
}

/// Returns whether a location constraint may be a region. Which regions there are is not known here; us-east-1 is named by leaving it out.
fn is_location(constraint: &str) -> bool {
    let has_form = constraint.split('-').count() >= 3
        && constraint
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    has_form && constraint != FIRST_REGION
}

pub(super) fn head(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    refuse_subresources(call)?;
    let bucket = bucket(call, world)?;
    Ok(Answer::empty()
        .header("x-amz-bucket-region", &bucket.region)
        .header("x-amz-bucket-arn", &bucket.arn)
        .header("x-amz-access-point-alias", "false"))
}

pub(super) fn location(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let _named = call.field("location");
    // Guess: us-east-1 answers for buckets of every region, as clients that look for a bucket rely on; the others redirect.
    let found = if call.region == FIRST_REGION {
        check_expected_owner(call)?;
        let found = owned(call, world, call.path("Bucket"))?;
        access::check(call, found)?;
        found
    } else {
        bucket(call, world)?
    };
    let mut xml = Xml::new();
    xml.root("LocationConstraint", NAMESPACE, |xml| {
        if found.region != FIRST_REGION {
            xml.raw(&found.region);
        }
    });
    Ok(Answer::xml(xml))
}

pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    refuse_subresources(call)?;
    let bucket = bucket(call, world)?;
    let name = call.path("Bucket");
    if !bucket.objects.is_empty() {
        let message = match bucket.versioning {
            super::state::Versioning::Never => "The bucket you tried to delete is not empty",
            _ => {
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
            }
        };
        return Err(
            Refusal::new(StatusCode::CONFLICT, "BucketNotEmpty", message)
                .member("BucketName", name),
        );
    }
    world.s3.buckets.remove(name);
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let (prefix, region) = (call.field("prefix"), call.field("bucket-region"));
    let size = call.integer("max-buckets")?;
    if size.is_some_and(|size| !(1..=MOST_BUCKETS).contains(&size)) {
        let message =
            format!("Argument max-buckets must be an integer between 1 and {MOST_BUCKETS}");
        return Err(invalid_argument(
            "max-buckets",
            call.field("max-buckets").unwrap_or_default(),
            &message,
        ));
    }
    let token = call
        .field("continuation-token")
        .filter(|token| !token.is_empty());
    let fits = |name: &str, bucket: &Bucket| {
        prefix.is_none_or(|prefix| name.starts_with(prefix))
            && region.is_none_or(|region| bucket.region == region)
    };
    let buckets = world
        .s3
        .buckets
        .iter()
        .filter(|(name, bucket)| fits(name, bucket))
        .map(|(name, bucket)| (name.clone(), (name, bucket)));
    let listing = format!("ListBuckets {prefix:?} {region:?}");
    let size = usize::try_from(size.unwrap_or(MOST_BUCKETS)).unwrap_or(usize::MAX);
    let page = page(&listing, buckets, token, size).map_err(|_| {
        invalid_argument(
            "continuation-token",
            token.unwrap_or_default(),
            "The continuation token provided is incorrect",
        )
    })?;
    // ListBuckets: `BucketRegion` is in the answer to a request with at least one parameter.
    let shows_region = prefix.is_some()
        || region.is_some()
        || token.is_some()
        || call.field("max-buckets").is_some();
    let mut xml = Xml::new();
    xml.root("ListAllMyBucketsResult", NAMESPACE, |xml| {
        // S3 API reference, `Owner`: the display name is no longer returned.
        xml.element("Owner", |xml| {
            xml.text("ID", canonical_id(call));
        });
        xml.element("Buckets", |xml| {
            for (name, bucket) in &page.items {
                xml.element("Bucket", |xml| {
                    xml.text("Name", name)
                        .text("CreationDate", iso(bucket.created))
                        .optional("BucketRegion", shows_region.then_some(&bucket.region));
                });
            }
        });
        xml.optional("ContinuationToken", page.next.as_deref())
            .optional("Prefix", prefix);
    });
    Ok(Answer::xml(xml))
}

pub(super) fn tags(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let _named = call.field("tagging");
    let bucket = bucket(call, world)?;
    if bucket.tags.is_empty() {
        return Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "NoSuchTagSet",
            "The TagSet does not exist",
        )
        .member("BucketName", call.path("Bucket")));
    }
    let mut xml = Xml::new();
    xml.root("Tagging", NAMESPACE, |xml| {
        xml.element("TagSet", |xml| {
            for (key, value) in &bucket.tags {
                xml.element("Tag", |xml| {
                    xml.text("Key", key).text("Value", value);
                });
            }
        });
    });
    Ok(Answer::xml(xml))
}

/// Replaces the whole set, as `PutBucketTagging` does.
pub(super) fn set_tags(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let _named = call.field("tagging");
    bucket(call, world)?;
    let document = Element::of_body(call, "Tagging")?;
    let set = document
        .only(call, &["TagSet"])?
        .one("TagSet")?
        .ok_or_else(malformed)?;
    bucket_mut(call, world)?.tags = read_tags(call, set)?;
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

pub(super) fn delete_tags(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let _named = call.field("tagging");
    bucket_mut(call, world)?.tags.clear();
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

/// Reads the `Tag` elements of a set.
fn read_tags(call: &Call<'_>, set: &Element) -> Result<Tags, Refusal> {
    let mut listed = Vec::new();
    for tag in set.only(call, &["Tag"])?.all("Tag") {
        tag.only(call, &["Key", "Value"])?;
        listed.push((
            tag.required("Key")?.to_owned(),
            tag.required("Value")?.to_owned(),
        ));
    }
    merge(&Tags::new(), &listed).map_err(|violation| {
        // S3 API reference, PutBucketTagging: InvalidTag; the sentences as S3 words them.
        let invalid = |message: &str, key: &str| {
            Refusal::bad_request("InvalidTag", message).member("TagKey", key)
        };
        match violation {
            TagViolation::KeyLength(key) | TagViolation::KeyCharacters(key) => {
                invalid("The TagKey you have provided is invalid", &key)
            }
            TagViolation::ValueLength { key, value }
            | TagViolation::ValueCharacters { key, value } => {
                invalid("The TagValue you have provided is invalid", &key).member("TagValue", value)
            }
            TagViolation::ReservedKey(key) => {
                invalid("System tags cannot be added/updated by requester", &key)
            }
            TagViolation::DuplicateKey(key) => {
                invalid("Cannot provide multiple Tags with the same key", &key)
            }
            TagViolation::TooMany(_) => Refusal::bad_request(
                "BadRequest",
                format!("Bucket tag count cannot be greater than {MOST_TAGS}"),
            ),
        }
    })
}
