//! Which key on which token: the URI of RFC 7512, as far as it names a token and a key on it.

/// What is asked for; what is absent is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenUri {
    /// Label of the token.
    pub token: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its maker.
    pub manufacturer: Option<String>,
    /// Label of the key (CKA_LABEL).
    pub object: Option<String>,
    /// Identifier of the key (CKA_ID).
    pub id: Option<Vec<u8>>,
    /// `x-sm2-mechanism`: number of the maker's mechanism that signs a digest with SM2, since PKCS#11 has none.
    pub sm2_mechanism: Option<u64>,
}

/// A text that is no such URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenUriError {
    /// Not `pkcs11:` with attributes and values.
    #[error("not a URI of RFC 7512")]
    Malformed,
    /// An attribute that selects what is not understood here: to leave it out would select more than was meant.
    #[error("an attribute of the URI is not known")]
    Unknown,
    /// A PIN, or where one is to be read: it is never taken from an argument.
    #[error("the URI names a PIN")]
    Pin,
    /// It names no key.
    #[error("the URI names neither object nor id")]
    NoKey,
}

impl TokenUri {
    /// Reads one (RFC 7512 2.3).
    ///
    /// # Errors
    /// [`TokenUriError`].
    pub fn parse(text: &str) -> Result<Self, TokenUriError> {
        let path = text.strip_prefix("pkcs11:").ok_or(TokenUriError::Malformed)?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if query.split('&').any(|part| part.starts_with("pin-")) {
            return Err(TokenUriError::Pin);
        }
        if !query.is_empty() {
            return Err(TokenUriError::Unknown);
        }
        let mut uri = TokenUri::default();
        for part in path.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(TokenUriError::Malformed)?;
            let bytes = decoded(value)?;
            if name == "id" {
                once(&mut uri.id, bytes)?;
                continue;
            }
            let value = String::from_utf8(bytes).map_err(|_| TokenUriError::Malformed)?;
            match name {
                "token" => once(&mut uri.token, value)?,
                "serial" => once(&mut uri.serial, value)?,
                "model" => once(&mut uri.model, value)?,
                "manufacturer" => once(&mut uri.manufacturer, value)?,
                "object" => once(&mut uri.object, value)?,
                "x-sm2-mechanism" => {
                    let digits = value.strip_prefix("0x").ok_or(TokenUriError::Malformed)?;
                    let number = u64::from_str_radix(digits, 16).map_err(|_| TokenUriError::Malformed)?;
                    once(&mut uri.sm2_mechanism, number)?;
                }
                // Copied from other tools; the key that signs is always the private one.
                "type" if value == "private" || value == "cert" || value == "public" => {}
                _ => return Err(TokenUriError::Unknown),
            }
        }
        if uri.object.is_none() && uri.id.is_none() { Err(TokenUriError::NoKey) } else { Ok(uri) }
    }
}

/// RFC 7512 2.3: an attribute stands once.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), TokenUriError> {
    if place.replace(value).is_some() { Err(TokenUriError::Malformed) } else { Ok(()) }
}

/// RFC 3986 2.1.
fn decoded(text: &str) -> Result<Vec<u8>, TokenUriError> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit(bytes.next()), digit(bytes.next()));
        let (Some(high), Some(low)) = (high, low) else { return Err(TokenUriError::Malformed) };
        out.push(u8::try_from(high << 4 | low).map_err(|_| TokenUriError::Malformed)?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::store::{TokenUri, TokenUriError};

    #[test]
    fn uris_are_read() {
        let uri = TokenUri::parse("pkcs11:token=My%20token;object=%E7%AD%BE;id=%01%ff;type=private").unwrap();
        assert_eq!((uri.token.as_deref(), uri.object.as_deref()), (Some("My token"), Some("签")));
        assert_eq!(uri.id, Some(vec![1, 255]));
        let uri = TokenUri::parse("pkcs11:serial=1;id=%31;x-sm2-mechanism=0x80000301").unwrap();
        assert_eq!((uri.id, uri.sm2_mechanism), (Some(vec![0x31]), Some(0x8000_0301)));
        for (text, wanted) in [
            ("token=a;object=b", TokenUriError::Malformed),
            ("pkcs11:token", TokenUriError::Malformed),
            ("pkcs11:object=a;object=b", TokenUriError::Malformed),
            ("pkcs11:object=%4", TokenUriError::Malformed),
            ("pkcs11:object=%zz", TokenUriError::Malformed),
            ("pkcs11:object=%ff", TokenUriError::Malformed),
            ("pkcs11:token=a", TokenUriError::NoKey),
            ("pkcs11:", TokenUriError::NoKey),
            ("pkcs11:object=a?pin-value=1234", TokenUriError::Pin),
            ("pkcs11:object=a?pin-source=file:x", TokenUriError::Pin),
            ("pkcs11:object=a;slot-id=1", TokenUriError::Unknown),
            ("pkcs11:object=a?module-path=x", TokenUriError::Unknown),
        ] {
            assert_eq!(TokenUri::parse(text), Err(wanted), "{text}");
        }
    }
}
