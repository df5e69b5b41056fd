//! Algorithms and keys, nothing of certificates.
//!
//! Start with [`PublicKey::verify`] and the trait [`Signer`]. A signer makes the digest that it signs, so an SM2 digest
//! without its Z value (GB/T 32918.2 clause 5.5) cannot be built outside this room. Keys at rest are the business of
//! [`protect`].

pub mod cipher;
mod digest;
mod encoding;
mod encryption;
mod envelope;
mod identifier;
mod key;
mod pkcs12_encryption;
pub mod protect;
mod secret;
mod signature;
mod signer;

pub use digest::{Digest, DigestAlgorithm, Hasher};
pub use encryption::{decrypt_pbes2, derive_key};
pub use envelope::{is_enveloped, open_cfca_key, open_enveloped};
pub use key::{KeyError, PublicKey};
pub use pkcs12_encryption::{Pkcs12Cipher, Pkcs12Password};
pub use secret::{RandomSource, SecretBytes};
pub use signature::{MessageHasher, SignatureAlgorithm, SignatureBytes, VerifyError};
pub use signer::{KeyKind, PrivateKey, SignError, Signer};
