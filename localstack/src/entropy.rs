//! Ids that look random and are repeatable: a hash of the seed, the clock's start and a counter.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// Makes ids.
///
/// The clock's start is part of every id: an endpoint that starts again over the same data never repeats one, while a run with a set
/// start and seed does.
#[derive(Debug)]
pub(crate) struct Entropy {
    seed: u64,
    start: Timestamp,
    counter: AtomicU64,
}

impl Entropy {
    pub(crate) fn new(seed: u64, start: Timestamp) -> Self {
        Self {
            seed,
            start,
            counter: AtomicU64::new(0),
        }
    }

    /// Makes 32 new bytes.
    pub(crate) fn bytes(&self) -> [u8; 32] {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        hash(&[
            &self.seed.to_be_bytes(),
            &self.start.as_nanosecond().to_be_bytes(),
            &count.to_be_bytes(),
        ])
    }

    /// Makes a version 4 UUID, as most services write their ids.
    pub(crate) fn uuid(&self) -> String {
        let mut bytes = self.bytes();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let text = hex::encode(&bytes[..16]);
        format!(
            "{}-{}-{}-{}-{}",
            &text[..8],
            &text[8..12],
            &text[12..16],
            &text[16..20],
            &text[20..]
        )
    }

    /// Makes an id of `length` (at most 32) characters of the given alphabet.
    pub(crate) fn id(&self, alphabet: &[u8], length: usize) -> String {
        spell(&self.bytes(), alphabet, length)
    }
}

/// Letters and digits of IAM unique ids (IAM user guide, "IAM identifiers"; base 32, as seen in the wild).
pub(crate) const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Hashes parts into 32 bytes, a length before each so that no two lists of parts run together.
pub(crate) fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Spells the first `length` bytes in an alphabet.
pub(crate) fn spell(bytes: &[u8; 32], alphabet: &[u8], length: usize) -> String {
    bytes
        .iter()
        .take(length)
        .map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()]))
        .collect()
}
