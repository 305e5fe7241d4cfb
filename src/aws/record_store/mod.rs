//! agentctl's own data in the artifacts bucket: the record of each agent, its pins, the key that seals them, and locks.
//!
//! `store` has the bucket, `key` the keys, `object` the calls on one key, `record` the records and the seal, `pin` the pins, `lock`
//! the locks, and `holdings` the content of the bucket. A bucket that does not exist has no data.

mod clock;
mod holdings;
mod key;
mod lock;
mod object;
mod pin;
mod record;
mod store;

pub use self::holdings::Holdings;
pub use self::store::S3RecordStore;
