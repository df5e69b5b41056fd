//! Signing keys, wherever they are: in the store or on a token.

use std::path::PathBuf;

use crate::crypto::{SignError, Signer};
use crate::operations::certificate::{certificate_record, parsed};
use crate::operations::{Context, OperationError};
use crate::pki::Certificate;
use crate::store::{Name, Store, StoreError, TokenError, TokenRecord, TokenUri, TokenUriError, open_token};

/// Which key on which token belongs to a certificate that is taken in.
#[derive(Clone, Debug)]
pub struct TokenPlace {
    /// URI of RFC 7512.
    pub uri: String,
    /// File of the PKCS#11 module.
    pub module: PathBuf,
}

impl TokenPlace {
    /// As the store keeps it.
    pub(in crate::operations) fn record(&self, name: &Name) -> Result<TokenRecord, OperationError> {
        TokenUri::parse(&self.uri).map_err(|fault| TokenFault { uri: &self.uri }.reason(fault.into()))?;
        let module = std::path::absolute(&self.module).map_err(|fault| OperationError::FileFault {
            path: self.module.display().to_string(),
            fault: fault.to_string(),
        })?;
        Ok(TokenRecord { name: name.clone(), module, uri: self.uri.clone() })
    }
}

/// The key of that name, to sign with: on its token, or as `local` finds it in the store.
pub(in crate::operations) fn signer(
    context: &Context<'_>,
    store: &(impl Store + ?Sized),
    name: &Name,
    local: impl FnOnce() -> Result<Box<dyn Signer>, StoreError>,
) -> Result<Box<dyn Signer>, OperationError> {
    let Some(token) = store.token(name)? else { return Ok(local()?) };
    let certificate = parsed(&certificate_record(store, name)?.der)?;
    on_token(context, &token, &certificate)
}

/// The key on a token.
pub(in crate::operations) fn on_token(
    context: &Context<'_>,
    token: &TokenRecord,
    certificate: &Certificate,
) -> Result<Box<dyn Signer>, OperationError> {
    let unusable = |_| OperationError::KeyUnusable { name: token.name.to_string() };
    let public = certificate.public_key().map_err(unusable)?;
    let opened = open_token(token, &public, || context.secrets.pin(&token.uri).map_err(Opening::Pin));
    opened.map_err(|error| match error {
        Opening::Pin(error) => error,
        Opening::Token(error) => TokenFault { uri: &token.uri }.reason(error),
    })
}

/// Checks that the key on the token is that of the certificate: it signs, and the certificate verifies.
pub(in crate::operations) fn prove(signer: &dyn Signer, uri: &str) -> Result<(), OperationError> {
    match signer.sign(b"eseal: check of a key on a token") {
        Ok(_) => Ok(()),
        Err(SignError::SelfCheck) => Err(OperationError::KeyMismatch { path: uri.to_owned() }),
        Err(SignError::Algorithm) => Err(TokenFault { uri }.reason(TokenError::Mechanism)),
        Err(error) => Err(error.into()),
    }
}

enum Opening {
    Pin(OperationError),
    Token(TokenError),
}

impl From<TokenError> for Opening {
    fn from(error: TokenError) -> Self {
        Opening::Token(error)
    }
}

struct TokenFault<'a> {
    uri: &'a str,
}

impl TokenFault<'_> {
    fn reason(&self, error: TokenError) -> OperationError {
        let uri = self.uri.to_owned();
        match error {
            TokenError::NotBuilt => OperationError::TokenUnsupported {},
            // What stands there may be a PIN: it is not shown again.
            TokenError::Uri(TokenUriError::Pin) => OperationError::TokenUriPin {},
            TokenError::Uri(_) => OperationError::TokenUriUnfit { uri },
            TokenError::Module { module, fault } => {
                OperationError::TokenModule { path: module.display().to_string(), fault }
            }
            TokenError::Token { count } => OperationError::TokenAbsent { uri, count: count as u64 },
            TokenError::Key { count } => OperationError::TokenKeyAbsent { uri, count: count as u64 },
            TokenError::PinWrong => OperationError::PinWrong { uri },
            TokenError::PinLocked => OperationError::PinLocked { uri },
            other => OperationError::TokenFault { uri, fault: other.to_string() },
        }
    }
}
