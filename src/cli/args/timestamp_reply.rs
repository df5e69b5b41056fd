//! `eseal timestamp reply`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::values::Name;

/// Answer a request for a timestamp by a certificate of this store
#[derive(Args, Clone, Debug)]
#[command(
    about = "Answer a request for a timestamp by a certificate of this store",
    long_about = "Answer a request for a timestamp (RFC 3161) by a certificate of this store, issued with --profile tsa. The \
                  time is that of this machine's clock. Each answer, and each refusal, stands in the trail.",
    after_help = "Exit status: 5 where FILE is no request; 7 where it is not granted (an unknown or weak digest, a policy, \
                  extensions) or the certificate is not for timestamps; nothing is written then.\n\nExample:\n  eseal \
                  timestamp reply notice.tsq --cert clock -o notice.tsr"
)]
pub struct TimestampReply {
    /// The request, DER
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Certificate that stamps
    #[arg(long, value_name = "NAME")]
    pub cert: Name,

    /// File to write, DER
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}
