//! The bucket that a request is for.

use http::StatusCode;

use super::access;
use super::refusal::access_denied;
use super::state::Bucket;
use crate::answer::Refusal;
use crate::call::Call;
use crate::world::World;

/// Gives the bucket that the request names, if its policy does not deny the request.
pub(super) fn bucket<'w>(call: &Call<'_>, world: &'w World) -> Result<&'w Bucket, Refusal> {
    let bucket = found(call, world)?;
    access::check(call, bucket)?;
    Ok(bucket)
}

/// Gives the bucket that the request names, whatever its policy says.
pub(super) fn found<'w>(call: &Call<'_>, world: &'w World) -> Result<&'w Bucket, Refusal> {
    let name = call.path("Bucket");
    let bucket = owned(call, world, name)?;
    check_region(call, name, bucket)?;
    check_expected_owner(call)?;
    Ok(bucket)
}

/// Gives the bucket that the request names, to change it.
pub(super) fn bucket_mut<'w>(
    call: &Call<'_>,
    world: &'w mut World,
) -> Result<&'w mut Bucket, Refusal> {
    bucket(call, world)?;
    Ok(found_mut(call, world))
}

/// Gives a bucket that was found, to change it.
pub(super) fn found_mut<'w>(call: &Call<'_>, world: &'w mut World) -> &'w mut Bucket {
    let bucket = world.s3.buckets.get_mut(call.path("Bucket"));
    bucket.expect("the caller has found it")
}

/// Gives a bucket of the account, in whichever region it is.
pub(super) fn owned<'w>(
    call: &Call<'_>,
    world: &'w World,
    name: &str,
) -> Result<&'w Bucket, Refusal> {
    if let Some(bucket) = world.s3.buckets.get(name) {
        return Ok(bucket);
    }
    if call
        .namespace
        .owner(name)
        .is_some_and(|owner| owner != call.account)
    {
        return Err(access_denied());
    }
    Err(Refusal::new(
        StatusCode::NOT_FOUND,
        "NoSuchBucket",
        "The specified bucket does not exist",
    )
    .member("BucketName", name))
}

/// Refuses a request that was signed for another region than the bucket's.
fn check_region(call: &Call<'_>, name: &str, bucket: &Bucket) -> Result<(), Refusal> {
    if bucket.region == call.region {
        return Ok(());
    }
    // S3 user guide, "Making requests": a Regional endpoint redirects to the bucket's own.
    let message = "The bucket you are attempting to access must be addressed using the specified endpoint. \
                   Please send all future requests to this endpoint.";
    let refusal = Refusal::new(StatusCode::MOVED_PERMANENTLY, "PermanentRedirect", message);
    Err(refusal
        .member(
            "Endpoint",
            format!("{name}.s3.{}.amazonaws.com", bucket.region),
        )
        .member("Bucket", name)
        .header("x-amz-bucket-region", bucket.region.clone()))
}

/// Refuses when the caller expects the bucket to be another account's (S3 user guide, "Verifying bucket ownership").
pub(super) fn check_expected_owner(call: &Call<'_>) -> Result<(), Refusal> {
    let Some(expected) = call.header("x-amz-expected-bucket-owner") else {
        return Ok(());
    };
    if expected.len() != 12 || !expected.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!(
            "The value of the expected bucket owner parameter must be an AWS Account ID... [{expected}]"
        );
        return Err(Refusal::bad_request(
            "InvalidBucketOwnerAWSAccountID",
            message,
        ));
    }
    if expected == call.account {
        Ok(())
    } else {
        Err(access_denied())
    }
}
