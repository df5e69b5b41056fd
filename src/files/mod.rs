//! Files at the edge: bounded reading, atomic writing, secrets from files and descriptors, the clock and randomness.
//!
//! Start with [`InputFile`] (a document read at random) and [`OutputFile`] (written aside, checked, put in place only by
//! [`OutputFile::commit`]; dropping it leaves nothing behind).

mod input;
mod output;
mod secret;
mod system;

pub use input::{FileIdentity, InputFile, ReadError, read_small};
pub use output::{Access, Committed, OutputError, OutputFile, Overwrite};
pub use secret::{
    KEY_FILE_BYTES, SecretError, create_key_file, read_key_file, read_passphrase_descriptor, read_passphrase_file,
    read_passphrase_variable,
};
pub use system::{SystemClock, SystemRandom, host_name, login_name};
