//! Checksums of bodies: `x-amz-checksum-*` and `Content-MD5` (S3 user guide, "Checking object integrity in Amazon S3").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::answer::Refusal;
use crate::call::Call;

/// How a checksum is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// A checksum of a whole object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checksum {
    pub(super) algorithm: Algorithm,
    /// In base 64.
    pub(super) value: String,
}

/// Algorithms that S3 knows and that are not built.
const NOT_BUILT: [&str; 5] = ["SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"];

impl Algorithm {
    const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// As in `ChecksumAlgorithm`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    fn digest(self, body: &[u8]) -> Vec<u8> {
        let low_half = |crc: u64| crc.to_be_bytes()[4..].to_vec();
        match self {
            Self::Crc32 => low_half(crc_fast::checksum(CrcAlgorithm::Crc32IsoHdlc, body)),
            Self::Crc32c => low_half(crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, body)),
            Self::Crc64Nvme => crc_fast::checksum(CrcAlgorithm::Crc64Nvme, body)
                .to_be_bytes()
                .to_vec(),
            Self::Sha1 => Sha1::digest(body).to_vec(),
            Self::Sha256 => Sha256::digest(body).to_vec(),
        }
    }

    /// Computes the checksum of a body.
    pub(super) fn of(self, body: &[u8]) -> Checksum {
        Checksum {
            algorithm: self,
            value: STANDARD.encode(self.digest(body)),
        }
    }
}

/// Checks the digests that came with the body and gives the checksum among them.
pub(super) fn check_body(call: &Call<'_>) -> Result<Option<Checksum>, Refusal> {
    check_md5(call)?;
    let Some((algorithm, claimed)) = claimed(call)? else {
        return Ok(None);
    };
    let computed = algorithm.digest(call.body());
    let claim = STANDARD
        .decode(claimed)
        .ok()
        .filter(|claim| claim.len() == computed.len());
    let Some(claim) = claim else {
        return Err(invalid_request(format!(
            "Value for {} header is invalid.",
            algorithm.header()
        )));
    };
    if claim != computed {
        let name = algorithm.name();
        return Err(Refusal::bad_request(
            "BadDigest",
            format!("The {name} you specified did not match the calculated checksum."),
        ));
    }
    Ok(Some(Checksum {
        algorithm,
        value: STANDARD.encode(computed),
    }))
}

/// Returns whether any digest came with the body.
pub(super) fn has_digest(call: &Call<'_>) -> bool {
    let has = |name| call.header(name).is_some();
    has("content-md5")
        || Algorithm::ALL
            .iter()
            .any(|algorithm| has(algorithm.header()))
}

/// Gives the checksum that the request claims. Trailers have become headers already.
fn claimed<'a>(call: &'a Call<'_>) -> Result<Option<(Algorithm, &'a str)>, Refusal> {
    let mut claims = Algorithm::ALL
        .iter()
        .filter_map(|algorithm| Some((*algorithm, call.header(algorithm.header())?)));
    let (claim, second) = (claims.next(), claims.next());
    if second.is_some() {
        let message =
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
        return Err(invalid_request(message));
    }
    let Some(announced) = call.header("x-amz-sdk-checksum-algorithm") else {
        return Ok(claim);
    };
    if NOT_BUILT.contains(&announced) {
        return Err(call.unknown_parameter(&format!("x-amz-sdk-checksum-algorithm: {announced}")));
    }
    let known = Algorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.name().eq_ignore_ascii_case(announced));
    let Some(known) = known else {
        let message = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: \
                       [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";
        return Err(invalid_request(message));
    };
    match claim {
        Some((algorithm, _)) if algorithm == known => Ok(claim),
        Some(_) => Err(invalid_request(
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        )),
        None => Err(invalid_request(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
        )),
    }
}

fn check_md5(call: &Call<'_>) -> Result<(), Refusal> {
    let Some(claimed) = call.header("content-md5") else {
        return Ok(());
    };
    let computed = Md5::digest(call.body());
    match STANDARD.decode(claimed) {
        Ok(claim) if claim.len() == computed.len() => {
            if claim == computed.as_slice() {
                Ok(())
            } else {
                // S3 API reference, "List of error codes": BadDigest, InvalidDigest.
                let message = "The Content-MD5 you specified did not match what we received.";
                Err(Refusal::bad_request("BadDigest", message)
                    .member("ExpectedDigest", claimed)
                    .member("CalculatedDigest", STANDARD.encode(computed)))
            }
        }
        _ => Err(Refusal::bad_request(
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
        )
        .member("Content-MD5", claimed)),
    }
}

pub(super) fn invalid_request(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("InvalidRequest", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_have_their_check_values() {
        // The catalogue of CRC algorithms' check values, and FIPS 180, of "123456789".
        let values = Algorithm::ALL.map(|algorithm| hex::encode(algorithm.digest(b"123456789")));
        assert_eq!(
            values,
            [
                "cbf43926",
                "e3069283",
                "ae8b14860a799888",
                "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ]
        );
    }
}
