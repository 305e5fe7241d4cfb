#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| agentctl::fuzz::policy(bytes));
