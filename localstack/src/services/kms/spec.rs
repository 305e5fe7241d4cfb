//! Key specs: which usages each allows, and the algorithms it then offers.

use serde_json::{Map, Value};

use super::state::SYMMETRIC;
use crate::answer::Refusal;
use crate::call::Call;
use crate::validate::Checks;

/// What a key of one spec can be used for.
struct Spec {
    name: &'static str,
    usages: &'static [Usage],
}

/// A usage, and the algorithms as `DescribeKey` lists them for it.
struct Usage {
    name: &'static str,
    algorithms: &'static [&'static str],
}

const ENCRYPT: &str = "ENCRYPT_DECRYPT";
const SIGN: &str = "SIGN_VERIFY";
const MAC: &str = "GENERATE_VERIFY_MAC";
const AGREE: &str = "KEY_AGREEMENT";
const ENCAPSULATE: &str = "ENCAPSULATE_DECAPSULATE";

/// KMS API, `CreateKey`: `KeyUsage`.
const USAGES: [&str; 5] = [SIGN, ENCRYPT, MAC, AGREE, ENCAPSULATE];

const RSA: &[Usage] = &[
    Usage {
        name: ENCRYPT,
        algorithms: &["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"],
    },
    Usage {
        name: SIGN,
        algorithms: &[
            "RSASSA_PKCS1_V1_5_SHA_256",
            "RSASSA_PKCS1_V1_5_SHA_384",
            "RSASSA_PKCS1_V1_5_SHA_512",
            "RSASSA_PSS_SHA_256",
            "RSASSA_PSS_SHA_384",
            "RSASSA_PSS_SHA_512",
        ],
    },
];
const ECDH: Usage = Usage {
    name: AGREE,
    algorithms: &["ECDH"],
};
const ML_DSA: &[Usage] = &[Usage {
    name: SIGN,
    algorithms: &["ML_DSA_SHAKE_256"],
}];
const ML_KEM: &[Usage] = &[Usage {
    name: ENCAPSULATE,
    algorithms: &["ML_KEM"],
}];

/// KMS developer guide, "Key spec reference". SM2 exists in China only and is not built.
const SPECS: [Spec; 19] = [
    spec("RSA_2048", RSA),
    spec("RSA_3072", RSA),
    spec("RSA_4096", RSA),
    spec("ECC_NIST_P256", &[sign(&["ECDSA_SHA_256"]), ECDH]),
    spec("ECC_NIST_P384", &[sign(&["ECDSA_SHA_384"]), ECDH]),
    spec("ECC_NIST_P521", &[sign(&["ECDSA_SHA_512"]), ECDH]),
    spec("ECC_SECG_P256K1", &[sign(&["ECDSA_SHA_256"])]),
    spec(
        SYMMETRIC,
        &[Usage {
            name: ENCRYPT,
            algorithms: &[SYMMETRIC],
        }],
    ),
    spec("HMAC_224", &[mac(&["HMAC_SHA_224"])]),
    spec("HMAC_256", &[mac(&["HMAC_SHA_256"])]),
    spec("HMAC_384", &[mac(&["HMAC_SHA_384"])]),
    spec("HMAC_512", &[mac(&["HMAC_SHA_512"])]),
    spec("ML_DSA_44", ML_DSA),
    spec("ML_DSA_65", ML_DSA),
    spec("ML_DSA_87", ML_DSA),
    spec(
        "ECC_NIST_EDWARDS25519",
        &[sign(&["ED25519_SHA_512", "ED25519_PH_SHA_512"])],
    ),
    spec("ML_KEM_512", ML_KEM),
    spec("ML_KEM_768", ML_KEM),
    spec("ML_KEM_1024", ML_KEM),
];

const fn spec(name: &'static str, usages: &'static [Usage]) -> Spec {
    Spec { name, usages }
}

const fn sign(algorithms: &'static [&'static str]) -> Usage {
    Usage {
        name: SIGN,
        algorithms,
    }
}

const fn mac(algorithms: &'static [&'static str]) -> Usage {
    Usage {
        name: MAC,
        algorithms,
    }
}

/// Checks the spec and the usage of a new key, and fills in what is left out.
pub(super) fn choose(
    call: &Call<'_>,
    spec_member: &str,
    spec: Option<&str>,
    usage: Option<&str>,
) -> Result<(String, String), Refusal> {
    let spec = spec.unwrap_or(SYMMETRIC);
    if spec == "SM2" {
        return Err(Refusal::not_built("key spec `SM2` is not built"));
    }
    let names: Vec<&str> = SPECS.iter().map(|spec| spec.name).collect();
    let mut checks = Checks::new();
    checks.one_of(spec_member, spec, &names);
    if let Some(usage) = usage {
        checks.one_of("keyUsage", usage, &USAGES);
    }
    checks.finish(call)?;
    let usage = match usage {
        Some(usage) => usage,
        None if spec == SYMMETRIC => ENCRYPT,
        None => {
            let message = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.";
            return Err(call.invalid(message));
        }
    };
    if algorithms_of(spec, usage).is_none() {
        // Guess: the sentence.
        return Err(call.invalid(format!(
            "KeyUsage {usage} is not compatible with KeySpec {spec}"
        )));
    }
    Ok((spec.to_owned(), usage.to_owned()))
}

/// Gives the member of `KeyMetadata` that lists what a key can do.
pub(super) fn algorithms(spec: &str, usage: &str) -> Map<String, Value> {
    let member = match usage {
        SIGN => "SigningAlgorithms",
        MAC => "MacAlgorithms",
        AGREE => "KeyAgreementAlgorithms",
        ENCAPSULATE => "EncapsulationAlgorithms",
        _ => "EncryptionAlgorithms",
    };
    let listed = algorithms_of(spec, usage).unwrap_or_default();
    Map::from_iter([(member.to_owned(), Value::from(listed))])
}

fn algorithms_of(spec: &str, usage: &str) -> Option<&'static [&'static str]> {
    let spec = SPECS.iter().find(|candidate| candidate.name == spec)?;
    spec.usages
        .iter()
        .find(|candidate| candidate.name == usage)
        .map(|usage| usage.algorithms)
}

/// Returns whether two keys are alike enough for an alias to move from one to the other: symmetric, HMAC or asymmetric, and of one usage.
pub(super) fn are_alike(one: (&str, &str), other: (&str, &str)) -> bool {
    let family = |spec: &str| (spec == SYMMETRIC, spec.starts_with("HMAC_"));
    family(one.0) == family(other.0) && one.1 == other.1
}
