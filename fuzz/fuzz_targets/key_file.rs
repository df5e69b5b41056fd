//! Files of keys and certificates: PKCS#12, PKCS#8, PKCS#7, CFCA, enveloped keys.
#![no_main]

#[path = "../../tests/support/exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    exercise::key_file(bytes);
});
