//! PEM armour (RFC 7468) around certificates and revocation lists.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::pki::{Certificate, CertificateError, Crl};

/// Why a file gives no certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// Neither PEM nor DER of what was looked for.
    #[error("neither PEM nor DER")]
    NothingFound,
    /// A PEM block without its end, or whose text is not base64.
    #[error("damaged PEM")]
    Damaged,
    /// A block is no certificate.
    #[error(transparent)]
    Content(#[from] CertificateError),
}

/// One block: its label and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// `CERTIFICATE`, `X509 CRL`, `PRIVATE KEY`, ...
    pub label: String,
    /// The bytes inside.
    pub bytes: Vec<u8>,
}

/// All blocks of a text, in order; text between them is passed over (RFC 7468 section 2).
///
/// # Errors
/// [`PemError::Damaged`].
pub fn blocks(text: &[u8]) -> Result<Vec<Block>, PemError> {
    let text = String::from_utf8_lossy(text);
    let mut found = Vec::new();
    let mut rest: &str = &text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----").ok_or(PemError::Damaged)?;
        let (body, after) = after.split_once(&format!("-----END {label}-----")).ok_or(PemError::Damaged)?;
        // Headers of encrypted keys (RFC 1421) end at an empty line; such a block is handed on as the key reader's.
        let digits: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes =
            if digits.contains(':') { Vec::new() } else { STANDARD.decode(digits).map_err(|_| PemError::Damaged)? };
        found.push(Block { label: label.to_owned(), bytes });
        rest = after;
    }
    Ok(found)
}

/// The certificates of a file: one in DER, or one or many in PEM (blocks of other kinds are passed over).
///
/// # Errors
/// [`PemError`].
pub fn certificates(bytes: &[u8]) -> Result<Vec<Certificate>, PemError> {
    let ders = ders(bytes, &["CERTIFICATE", "X509 CERTIFICATE"])?;
    Ok(ders.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>()?)
}

/// The revocation lists of a file, as [`certificates`].
///
/// # Errors
/// [`PemError`].
pub fn crls(bytes: &[u8]) -> Result<Vec<Crl>, PemError> {
    Ok(ders(bytes, &["X509 CRL"])?.iter().map(|der| Crl::from_der(der)).collect::<Result<_, _>>()?)
}

/// The evidence of revocation of a file, each piece in DER: one list or OCSP response in DER, or one or many in PEM.
///
/// # Errors
/// [`PemError`].
pub fn evidence(bytes: &[u8]) -> Result<Vec<Vec<u8>>, PemError> {
    ders(bytes, &["X509 CRL", "OCSP RESPONSE"])
}

/// PEM text of a block, lines of 64 characters.
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let digits = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for (n, c) in digits.chars().enumerate() {
        if n > 0 && n % 64 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push_str(&format!("\n-----END {label}-----\n"));
    out
}

fn ders(bytes: &[u8], labels: &[&str]) -> Result<Vec<Vec<u8>>, PemError> {
    if bytes.first() == Some(&0x30) {
        return Ok(vec![bytes.to_vec()]);
    }
    let found: Vec<Vec<u8>> =
        blocks(bytes)?.into_iter().filter(|block| labels.contains(&block.label.as_str())).map(|b| b.bytes).collect();
    if found.is_empty() { Err(PemError::NothingFound) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use crate::pki::pem::{PemError, blocks, certificates, encode};

    #[test]
    fn armour_goes_there_and_back() {
        let bytes: Vec<u8> = (0..100).collect();
        let text = format!("note\n{}\n{}", encode("A", &bytes), encode("B C", b""));
        let found = blocks(text.as_bytes()).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].bytes, bytes);
        assert_eq!(found[1].label, "B C");
        assert_eq!(certificates(text.as_bytes()), Err(PemError::NothingFound));
        assert_eq!(blocks(b"-----BEGIN A-----\nAAAA"), Err(PemError::Damaged));
    }
}
