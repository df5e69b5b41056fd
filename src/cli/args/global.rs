//! Options that every command takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options that every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Folder of the store [default: $XDG_DATA_HOME/eseal]
    #[arg(long, global = true, value_name = "PATH", env = "ESEAL_STORE", hide_env_values = true)]
    pub store: Option<PathBuf>,

    /// How results are printed
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    pub format: Format,

    /// Language of messages [default: from the locale; C and POSIX mean en]
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE")]
    pub lang: Option<Lang>,

    /// Read the store's passphrase from this file; others must not be able to read it
    #[arg(long, global = true, value_name = "FILE", env = "ESEAL_PASSPHRASE_FILE", hide_env_values = true)]
    pub passphrase_file: Option<PathBuf>,

    /// Read the store's passphrase from this open file descriptor
    #[arg(long, global = true, value_name = "N")]
    pub passphrase_fd: Option<u32>,

    /// Take the store's passphrase from this environment variable
    #[arg(long, global = true, value_name = "NAME")]
    pub passphrase_env: Option<String>,

    /// Open the store with this random key file; it outranks passphrases
    #[arg(long, global = true, value_name = "FILE", env = "ESEAL_KEY_FILE", hide_env_values = true)]
    pub key_file: Option<PathBuf>,

    /// Read the PIN of a token from this file; others must not be able to read it
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "pin_env")]
    pub pin_file: Option<PathBuf>,

    /// Take the PIN of a token from this environment variable
    #[arg(long, global = true, value_name = "NAME")]
    pub pin_env: Option<String>,

    /// Print results and errors, nothing else
    #[arg(long, global = true)]
    pub quiet: bool,

    /// Whether progress is shown on a terminal when there are several files
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub progress: When,

    /// Whether verdicts are coloured on a terminal
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,
}

/// Form of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Plain words
    Text,
    /// One object on one line for each result
    Json,
    /// One page that stands alone (verify)
    Html,
}

/// Language of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Chinese
    #[value(alias = "zh-CN")]
    Zh,
    /// English
    En,
}

/// When something is done that only suits a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal
    Auto,
    /// Not at all
    Never,
}
