//! `eseal init`.

use clap::Args;

/// Make a store
#[derive(Args, Clone, Debug)]
#[command(
    about = "Make a store",
    long_about = "Make a store: the folder that keeps keys, certificates, seals, trust anchors and the trail. A store that exists is never touched. With --key-file a new random key file is made that opens the store without a passphrase.",
    after_help = "Example:\n  eseal init --passphrase-file passphrase"
)]
pub struct Init {}
