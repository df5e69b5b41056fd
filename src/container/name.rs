//! Names of entries: how they are stored, decoded and made comparable.

use std::fmt;

use encoding_rs::GBK;
use unicode_normalization::UnicodeNormalization;

/// How a stored name was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameEncoding {
    /// UTF-8, flagged (APPNOTE appendix D.1) or simply valid.
    Utf8,
    /// GBK, as Chinese makers write it without any flag.
    Gbk,
    /// Neither: shown with replacement characters.
    Unknown,
}

/// A path inside a package: components joined by `/`, no leading slash, no `.` or `..`, never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath(String);

/// Why a text is no path inside the package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// Nothing is left.
    #[error("the path is empty")]
    Empty,
    /// It leads outside the package.
    #[error("the path leads outside the package")]
    Outside,
}

impl EntryPath {
    /// The path of a location text as seen from the root: `/Doc_0/a.xml`, `Doc_0\a.xml` and `./Doc_0/a.xml` are one.
    ///
    /// # Errors
    /// [`PathError`]; `..` may climb only as far as the root.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Self::build(&[], text)
    }

    /// The path of a location text found in the file `self`: absolute with a leading slash, else relative to the folder
    /// of `self` (GB/T 33190-2016 7.3, ST_Loc).
    ///
    /// # Errors
    /// [`PathError`].
    pub fn resolve(&self, text: &str) -> Result<Self, PathError> {
        let mut base: Vec<&str> = self.0.split('/').collect();
        base.pop();
        Self::build(&base, text)
    }

    /// As [`EntryPath::resolve`], from a folder given by a further location text (the BaseLoc of a resource file).
    ///
    /// # Errors
    /// [`PathError`].
    pub fn resolve_in(&self, folder: &str, text: &str) -> Result<Self, PathError> {
        if text.starts_with(['/', '\\']) || folder.trim().is_empty() {
            return self.resolve(text);
        }
        self.resolve(&format!("{}/{text}", folder.trim().trim_end_matches(['/', '\\'])))
    }

    fn build(base: &[&str], text: &str) -> Result<Self, PathError> {
        let text = text.trim();
        // An empty location is none, not the folder itself.
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        let mut parts: Vec<&str> = if text.starts_with(['/', '\\']) { Vec::new() } else { base.to_vec() };
        for part in text.split(['/', '\\']) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or(PathError::Outside)?;
                }
                name => parts.push(name),
            }
        }
        if is_drive(text) {
            return Err(PathError::Outside);
        }
        if parts.is_empty() { Err(PathError::Empty) } else { Ok(EntryPath(parts.join("/"))) }
    }

    /// The path without a leading slash, as a ZIP directory has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path with a leading slash, as OFD's FileRef has it.
    #[must_use]
    pub fn absolute(&self) -> String {
        format!("/{}", self.0)
    }

    /// The folder, without slashes at its ends; empty for a file of the root.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The last component.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The text by which two names that some file system takes for one become equal: NFKC, lower case.
    #[must_use]
    pub(crate) fn folded(&self) -> String {
        self.0.nfkc().collect::<String>().to_lowercase().nfkc().collect()
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name as the directory stores it, decoded and judged.
#[derive(Debug)]
pub(crate) struct DecodedName {
    pub(crate) text: String,
    pub(crate) encoding: NameEncoding,
    /// The path, or why the package is refused.
    pub(crate) path: Result<EntryPath, PathError>,
    /// Whether the path differs from the text by more than a closing slash.
    pub(crate) normalised: bool,
    pub(crate) deceptive: bool,
}

/// Decodes a stored name: UTF-8 where flagged or valid, else GBK.
pub(crate) fn decode(stored: &[u8], flagged_utf8: bool) -> DecodedName {
    let gbk = || GBK.decode_without_bom_handling_and_without_replacement(stored).filter(|_| !flagged_utf8);
    let (text, encoding) = match std::str::from_utf8(stored) {
        Ok(text) => match gbk().filter(|gbk| is_rather_gbk(text, gbk)) {
            Some(gbk) => (gbk.into_owned(), NameEncoding::Gbk),
            None => (text.to_owned(), NameEncoding::Utf8),
        },
        Err(_) => match gbk() {
            Some(gbk) => (gbk.into_owned(), NameEncoding::Gbk),
            None => (String::from_utf8_lossy(stored).into_owned(), NameEncoding::Unknown),
        },
    };
    // No `..` and no absolute name at all: an unpacker would follow them (unlike a FileRef inside OFD's own XML).
    let climbs = text.split(['/', '\\']).any(|part| part == "..");
    let absolute = text.starts_with(['/', '\\']);
    let path = if climbs || absolute { Err(PathError::Outside) } else { entry_path(&text) };
    let plain = text.strip_suffix('/').unwrap_or(&text);
    let normalised = path.as_ref().is_ok_and(|path| path.as_str() != plain);
    let deceptive = encoding == NameEncoding::Unknown || text.chars().any(is_deceptive);
    DecodedName { text, encoding, path, normalised, deceptive }
}

/// A short GBK name can be valid UTF-8 by chance: D2 B3 is 页 in the one and a Cyrillic letter in the other. UTF-8 has
/// ideographs in three bytes, so a name without any, all of whose characters GBK reads as ideographs, is GBK.
fn is_rather_gbk(utf8: &str, gbk: &str) -> bool {
    let foreign = |c: &char| !c.is_ascii();
    utf8.chars().any(|c| foreign(&c))
        && utf8.chars().filter(foreign).all(|c| c < '\u{800}')
        && gbk.chars().filter(foreign).all(|c| matches!(c, '\u{4e00}'..='\u{9fff}'))
}

/// The path of an entry; blanks at its ends belong to the name here, unlike in XML.
fn entry_path(text: &str) -> Result<EntryPath, PathError> {
    if is_drive(text) {
        return Err(PathError::Outside);
    }
    let parts: Vec<&str> = text.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.is_empty() { Err(PathError::Empty) } else { Ok(EntryPath(parts.join("/"))) }
}

/// `C:` in front.
fn is_drive(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':')
}

/// Control characters and marks that change the direction of what is shown (Unicode bidirectional controls), and
/// characters that are not seen at all.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use crate::container::name::{EntryPath, NameEncoding, PathError, decode};

    #[test]
    fn locations_are_resolved_inside_the_package_only() {
        let file = EntryPath::parse("/Doc_0/Signs/Signatures.xml").unwrap();
        let at = |text: &str| file.resolve(text).map(|path| path.as_str().to_owned());
        assert_eq!(at("Sign_0/Signature.xml").unwrap(), "Doc_0/Signs/Sign_0/Signature.xml");
        assert_eq!(at("/OFD.xml").unwrap(), "OFD.xml");
        assert_eq!(at("..\\Res\\a.png").unwrap(), "Doc_0/Res/a.png");
        assert_eq!(at("../../../x"), Err(PathError::Outside));
        assert_eq!(at("C:/x"), Err(PathError::Outside));
        assert_eq!(at(" "), Err(PathError::Empty));
        assert_eq!(file.resolve_in("Res/", "a.png").unwrap().as_str(), "Doc_0/Signs/Res/a.png");
        assert_eq!(file.resolve_in("Res", "/a.png").unwrap().as_str(), "a.png");
    }

    #[test]
    fn names_are_decoded_and_judged() {
        let gbk = decode(b"\xd2\xb3/a.xml", false);
        assert_eq!((gbk.text.as_str(), gbk.encoding), ("页/a.xml", NameEncoding::Gbk));
        assert!(decode(b"\xc4\xe3/a.xml", true).deceptive);
        assert!(decode(b"a\\b", false).normalised);
        assert!(!decode(b"a/b/", false).normalised);
        for bad in [&b"../x"[..], b"/x", b"a/../b", b"C:\\x", b"\\x", b"a\\..\\b", b""] {
            assert!(decode(bad, false).path.is_err(), "{bad:?}");
        }
        assert!(decode("a\u{202e}b".as_bytes(), true).deceptive);
        assert!(decode(b"a\x1bb", false).deceptive);
    }
}
