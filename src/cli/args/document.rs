//! The password of an encrypted document or key file, which is not the store's passphrase.

use std::path::PathBuf;

use clap::Args;

/// Where the password of a document or an imported key file comes from.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Password of the document or key file")]
pub struct Password {
    /// Read it from this file; one trailing newline is dropped
    #[arg(long, value_name = "F", group = "password")]
    pub password_file: Option<PathBuf>,

    /// Read it from this open file descriptor
    #[arg(long, value_name = "N", group = "password")]
    pub password_fd: Option<u32>,

    /// Take it from this environment variable
    #[arg(long, value_name = "NAME", group = "password")]
    pub password_env: Option<String>,
}
