//! Keys on tokens: smart cards, USB keys and hardware modules behind PKCS#11.

#[cfg(feature = "pkcs11")]
mod pkcs11;

use std::path::PathBuf;

use crate::crypto::{PublicKey, SecretBytes, Signer};
use crate::store::{TokenRecord, TokenUriError};

/// Why a key on a token cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// This program was built without the feature `pkcs11`.
    #[error("built without the feature pkcs11")]
    NotBuilt,
    /// The URI names no key.
    #[error(transparent)]
    Uri(#[from] TokenUriError),
    /// The module cannot be loaded or does not start.
    #[error("{}: {fault}", module.display())]
    Module {
        /// Its file.
        module: PathBuf,
        /// What the system or the module said.
        fault: String,
    },
    /// No token is there that the URI names, or several are.
    #[error("{count} tokens of that description")]
    Token {
        /// How many.
        count: usize,
    },
    /// The token has no private key that the URI names, or several.
    #[error("{count} private keys of that description")]
    Key {
        /// How many.
        count: usize,
    },
    /// The token refuses the PIN.
    #[error("wrong PIN")]
    PinWrong,
    /// After too many wrong PINs, or before the first is set, the token takes none.
    #[error("the token takes no PIN")]
    PinLocked,
    /// The kind of key cannot sign here.
    #[error("the token cannot sign with this kind of key")]
    Mechanism,
    /// Another fault of the token.
    #[error("the token reported: {fault}")]
    Fault {
        /// What it said.
        fault: String,
    },
}

/// Logs in once, for as long as the signer lives. `public` is the certificate's key: every value that the token makes is
/// verified with it before it is used. `pin` is asked only where the token wants one.
///
/// # Errors
/// [`TokenError`], or what `pin` says.
pub fn open_token<E: From<TokenError>>(
    record: &TokenRecord,
    public: &PublicKey,
    pin: impl FnOnce() -> Result<SecretBytes, E>,
) -> Result<Box<dyn Signer>, E> {
    #[cfg(feature = "pkcs11")]
    return pkcs11::Pkcs11Key::open(record, public, pin).map(|key| Box::new(key) as Box<dyn Signer>);
    #[cfg(not(feature = "pkcs11"))]
    {
        let _ = (record, public, pin);
        Err(TokenError::NotBuilt.into())
    }
}
