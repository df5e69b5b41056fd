//! `eseal cert import`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::Password;
use crate::cli::args::values::Name;

/// Import a certificate, with its key if there is one
#[derive(Args, Clone, Debug)]
#[command(
    about = "Import a certificate, with its key if there is one",
    after_help = "Example:\n  eseal cert import partner partner.pem\n  eseal cert import office sign.cer encrypt.cer encrypt.key --key sign.key"
)]
pub struct CertImport {
    /// Name of the certificate in the store
    pub name: Name,

    /// Certificate files: PEM, DER, PKCS#7, PKCS#12 or CFCA .sm2; without a key the first is the certificate, others
    /// belong to its path; of double certificates give both, the one that may sign gets the name
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Its private key: PKCS#8, SEC1 or PKCS#1, PEM or DER, encrypted or not
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,

    /// Its private key is on a token: URI of RFC 7512, for example 'pkcs11:token=Office;object=seal'
    #[arg(long, value_name = "URI", requires = "pkcs11_module", conflicts_with = "key")]
    pub pkcs11: Option<String>,

    /// The PKCS#11 module that came with the token
    #[arg(long, value_name = "FILE", requires = "pkcs11")]
    pub pkcs11_module: Option<PathBuf>,

    /// Password of the key file, the PKCS#12 or the .sm2 file.
    #[command(flatten)]
    pub password: Password,
}
