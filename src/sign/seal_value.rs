//! SES_Signature of GB/T 38540-2020 over a document digest.

use crate::crypto::{Digest, Signer};
use crate::seal::{ExtData, Seal};
use crate::sign::{Request, SignError};
use crate::signature::ses::{SesBuildError, SesRequest, SesSignature};
use crate::signature::{STATEMENT_OID, Statement};
use crate::time::Time;

/// What a seal signature is made from, before the document is digested.
#[derive(Clone, Debug)]
pub(crate) struct SealValue {
    seal: Seal,
    certificate: Vec<u8>,
    time: Time,
    extensions: Vec<ExtData>,
}

impl SealValue {
    /// From a request, where there is a seal.
    pub(crate) fn new(seal: &Seal, request: &Request<'_>, statement: &Statement) -> Self {
        let own = ExtData { oid: STATEMENT_OID.to_owned(), critical: false, value: statement.to_der() };
        SealValue {
            seal: seal.clone(),
            certificate: request.identity.certificate.as_der().to_vec(),
            time: request.time,
            extensions: if statement.is_empty() { Vec::new() } else { vec![own] },
        }
    }

    /// No result is longer than this: DER lengths grow with their contents, and every part but the value is known.
    pub(crate) fn upper_bound(&self, signer: &dyn Signer) -> Result<usize, SignError> {
        let digest = signer.algorithm().digest().digest(&[]);
        let tbs = self.request(&digest, "").prepare()?;
        // The longest value (RSA: its modulus; SM2 and ECDSA: two INTEGERs with a sign byte each), the algorithm's
        // identifier, and the headers of five values of at most 10 bytes each.
        let value = 2 * (signer.public_key().bits().div_ceil(8) + 4) + 8;
        Ok(tbs.tbs().len() + self.certificate.len() + value + 32 + 5 * 10)
    }

    /// Signs; gives the container and the bare value inside it.
    pub(crate) fn sign(
        self,
        digest: &Digest,
        property_info: &str,
        signer: &dyn Signer,
    ) -> Result<(Vec<u8>, Vec<u8>), SignError> {
        let bytes = self.request(digest, property_info).prepare()?.sign(signer, &self.certificate)?;
        let value = SesSignature::from_der(&bytes).map(|read| read.value().to_vec());
        let value = value.map_err(|error| SignError::Key { detail: error.to_string() })?;
        Ok((bytes, value))
    }

    fn request(&self, digest: &Digest, property_info: &str) -> SesRequest {
        SesRequest {
            seal: self.seal.clone(),
            time: self.time,
            data_hash: digest.as_bytes().to_vec(),
            property_info: property_info.to_owned(),
            extensions: self.extensions.clone(),
        }
    }
}

impl From<SesBuildError> for SignError {
    fn from(error: SesBuildError) -> Self {
        SignError::Key { detail: error.to_string() }
    }
}
