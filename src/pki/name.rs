//! Distinguished names: kept as the bytes that were read, shown and typed as text.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::{name_text, write};

/// A distinguished name (RFC 5280 4.1.2.4), as the DER that was read or written. Equality is of bytes; see
/// [`Name::matches`] for the comparison of path building.
#[derive(Clone)]
pub struct Name(Arc<Parts>);

struct Parts {
    der: Vec<u8>,
    /// Made ready for comparison when first asked for: path building compares one name with many.
    folded: OnceLock<Option<Vec<FoldedRdn>>>,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.der.hash(state);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// Why a text is no distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// No attribute at all.
    #[error("the distinguished name is empty")]
    Empty,
    /// A part without `=`, or a broken escape.
    #[error("\"{part}\" is not of the form TYPE=value")]
    Part {
        /// The part at fault.
        part: String,
    },
    /// An attribute type that is neither a known short name nor a dotted object identifier.
    #[error("unknown attribute type \"{0}\"")]
    UnknownType(String),
    /// A value that its type does not allow (C is two letters; DC and E are ASCII).
    #[error("\"{value}\" is not a value of {attribute}")]
    Value {
        /// The attribute type as typed.
        attribute: String,
        /// The value as typed.
        value: String,
    },
}

/// One RDN made ready for comparison: type and folded value of each attribute, sorted.
type FoldedRdn = Vec<(String, Folded)>;

/// A value made ready for comparison.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Folded {
    /// A string, prepared by RFC 4518.
    Text(String),
    /// Of no string type: compared byte for byte (RFC 5280 7.1).
    Der(Vec<u8>),
}

/// One attribute of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Dotted object identifier of its type.
    pub oid: String,
    /// Its text, `None` where the value is of no string type or broken.
    pub text: Option<String>,
    /// The complete DER of its value.
    pub value: Vec<u8>,
}

/// Short names (RFC 4514 section 3, RFC 4519, X.520). The first of each type is the one shown.
const TYPES: [(&str, &str); 19] = [
    ("CN", "2.5.4.3"),
    ("SN", "2.5.4.4"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("S", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("T", "2.5.4.12"),
    ("GIVENNAME", "2.5.4.42"),
    ("PSEUDONYM", "2.5.4.65"),
    ("ORGANIZATIONIDENTIFIER", "2.5.4.97"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("E", "1.2.840.113549.1.9.1"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
    ("EMAIL", "1.2.840.113549.1.9.1"),
];

impl Name {
    /// Takes the DER of a Name. Only its outermost value is checked here: what lies inside may be odd and is then
    /// shown as hexadecimal.
    ///
    /// # Errors
    /// [`BerError`] where the bytes are not one SEQUENCE.
    pub fn from_der(der: &[u8]) -> Result<Self, BerError> {
        let value = Reader::only(der, Encoding::Der)?;
        if value.tag == tag::SEQUENCE { Ok(Name::new(der.to_vec())) } else { Err(BerError::UnexpectedTag) }
    }

    /// Reads what a person types, `CN=Example Root,O=Example,C=CN` (RFC 4514: the most specific part first). Escapes
    /// are `\,` and the like and `\E5` pairs; `+` joins the parts of one RDN. Values are written as UTF8String; C and
    /// SERIALNUMBER as PrintableString, DC and E as IA5String (RFC 5280 4.1.2.4, appendix A).
    ///
    /// # Errors
    /// [`NameError`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.trim().is_empty() {
            return Err(NameError::Empty);
        }
        let mut rdns = Vec::new();
        for rdn in split(text, ',') {
            let parts: Vec<Vec<u8>> = split(&rdn, '+').iter().map(|part| attribute(part)).collect::<Result<_, _>>()?;
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            rdns.push(write::set_of(&parts));
        }
        // RFC 4514 2.1: the text starts with the last RDN.
        rdns.reverse();
        let rdns: Vec<&[u8]> = rdns.iter().map(Vec::as_slice).collect();
        Ok(Name::new(write::sequence(&rdns)))
    }

    fn new(der: Vec<u8>) -> Self {
        Name(Arc::new(Parts { der, folded: OnceLock::new() }))
    }

    /// This name with one more RDN below it: the contents of its SET, as nameRelativeToCRLIssuer gives them
    /// (RFC 5280 4.2.1.13).
    #[must_use]
    pub fn with_rdn(&self, set_content: &[u8]) -> Option<Name> {
        let whole = Reader::only(&self.0.der, Encoding::Der).ok()?;
        let rdn = write::tlv(tag::SET, set_content);
        Some(Name::new(write::tlv(tag::SEQUENCE, &[whole.content, &rdn].concat())))
    }

    /// The DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// Whether the name has no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.der == [0x30, 0]
    }

    /// Its relative distinguished names in the order of the DER; `None` where the structure is broken.
    #[must_use]
    pub fn rdns(&self) -> Option<Vec<Vec<Attribute>>> {
        let mut reader = Reader::new(&self.0.der, Encoding::Der);
        let mut sequence = reader.enter(tag::SEQUENCE).ok()?;
        let mut rdns = Vec::new();
        while !sequence.is_empty() {
            let mut set = sequence.enter(tag::SET).ok()?;
            let mut rdn = Vec::new();
            while !set.is_empty() {
                let mut pair = set.enter(tag::SEQUENCE).ok()?;
                let oid = pair.expect(tag::OID).ok()?.oid().ok()?;
                let value = pair.next().ok()?;
                pair.end().ok()?;
                rdn.push(Attribute { oid, text: string(&value), value: value.bytes.to_vec() });
            }
            rdns.push(rdn);
        }
        Some(rdns)
    }

    /// Text of the last attribute of this type, for example `2.5.4.3` for the common name.
    #[must_use]
    pub fn attribute(&self, oid: &str) -> Option<String> {
        let rdns = self.rdns()?;
        rdns.into_iter().flatten().rfind(|attribute| attribute.oid == oid).and_then(|attribute| attribute.text)
    }

    /// Common name (2.5.4.3).
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        self.attribute("2.5.4.3")
    }

    /// Organization (2.5.4.10).
    #[must_use]
    pub fn organization(&self) -> Option<String> {
        self.attribute("2.5.4.10")
    }

    /// Whether two names are one for path building: equal bytes, or equal after preparation by RFC 4518: string type,
    /// letter case, white space, characters of compatibility and invisible ones make no difference (RFC 5280 7.1).
    #[must_use]
    pub fn matches(&self, other: &Name) -> bool {
        self == other || self.folded().is_some_and(|mine| other.folded().is_some_and(|theirs| mine == theirs))
    }

    /// Whether `self` lies in the subtree of `base`: its first RDNs are those of `base` (RFC 5280 4.2.1.10). `None`
    /// where one of them is broken.
    #[must_use]
    pub fn is_within(&self, base: &Name) -> Option<bool> {
        Some(self.folded()?.starts_with(base.folded()?))
    }

    fn folded(&self) -> Option<&[FoldedRdn]> {
        let fold = |attribute: Attribute| {
            let value =
                attribute.text.map_or(Folded::Der(attribute.value), |text| Folded::Text(name_text::prepare(&text)));
            (attribute.oid, value)
        };
        let folded = self.0.folded.get_or_init(|| {
            let rdns = self.rdns()?.into_iter().map(|rdn| {
                let mut rdn: Vec<_> = rdn.into_iter().map(fold).collect();
                rdn.sort();
                rdn
            });
            Some(rdns.collect())
        });
        folded.as_deref()
    }
}

impl fmt::Display for Name {
    /// RFC 4514, Chinese kept as it is; control characters and direction overrides are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(rdns) = self.rdns() else {
            return write!(f, "#{}", hex(&self.0.der));
        };
        let rdns: Vec<String> =
            rdns.iter().rev().map(|rdn| rdn.iter().map(show).collect::<Vec<_>>().join("+")).collect();
        f.write_str(&rdns.join(","))
    }
}

/// `TYPE=value` of one attribute.
fn show(attribute: &Attribute) -> String {
    let short = TYPES.iter().find(|(_, oid)| *oid == attribute.oid).map_or(attribute.oid.as_str(), |(name, _)| name);
    match &attribute.text {
        Some(text) => format!("{short}={}", escape(text)),
        None => format!("{short}=#{}", hex(&attribute.value)),
    }
}

/// RFC 4514 2.4, and hexadecimal pairs for what must not reach a terminal.
fn escape(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(text.len());
    for (n, c) in text.chars().enumerate() {
        let edge = (c == ' ' && (n == 0 || n == last)) || (c == '#' && n == 0);
        if edge || matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
            out.push('\\');
            out.push(c);
        } else if c.is_control() || is_invisible(c) {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                out.push_str(&format!("\\{byte:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Direction overrides, zero-width characters and line separators: they make one name look like another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Text of a string type (X.680 clause 41); `None` for another type or bytes that do not fit it.
pub(crate) fn string(value: &Tlv<'_>) -> Option<String> {
    match value.tag {
        tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING | 0x12 | 0x1A => {
            String::from_utf8(value.content.to_vec()).ok()
        }
        // TeletexString: Latin-1 in practice, UTF-8 where it fits.
        0x14 => Some(
            String::from_utf8(value.content.to_vec())
                .unwrap_or_else(|_| value.content.iter().map(|byte| char::from(*byte)).collect()),
        ),
        // BMPString: UTF-16 with the high byte first.
        0x1E if value.content.len().is_multiple_of(2) => {
            let units: Vec<u16> =
                value.content.chunks_exact(2).map(|pair| pair.iter().fold(0, |n, b| n << 8 | u16::from(*b))).collect();
            String::from_utf16(&units).ok()
        }
        // UniversalString: UTF-32 with the high byte first.
        0x1C if value.content.len().is_multiple_of(4) => value
            .content
            .chunks_exact(4)
            .map(|four| char::from_u32(four.iter().fold(0, |n, b| n << 8 | u32::from(*b))))
            .collect(),
        _ => None,
    }
}

/// Splits at a separator that is not escaped.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == separator && !escaped {
            parts.push(String::new());
            continue;
        }
        escaped = c == '\\' && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// DER of the `AttributeTypeAndValue` for `TYPE=value`.
fn attribute(part: &str) -> Result<Vec<u8>, NameError> {
    let fault = || NameError::Part { part: part.trim().to_owned() };
    let (kind, value) = part.split_once('=').ok_or_else(fault)?;
    let kind = kind.trim();
    let value = unescape(value).ok_or_else(fault)?;
    let upper = kind.to_ascii_uppercase();
    let dotted = TYPES.iter().find(|(name, _)| *name == upper).map_or(kind, |(_, oid)| oid);
    let oid = write::oid(dotted).map_err(|_| NameError::UnknownType(kind.to_owned()))?;
    let wrong = || NameError::Value { attribute: kind.to_owned(), value: value.clone() };
    if value.is_empty() || value.chars().any(char::is_control) {
        return Err(wrong());
    }
    let encoded = match dotted {
        "2.5.4.6" if value.len() == 2 && value.bytes().all(|b| b.is_ascii_alphabetic()) => {
            write::printable(&value.to_ascii_uppercase()).map_err(|_| wrong())?
        }
        "2.5.4.6" => return Err(wrong()),
        "2.5.4.5" => write::printable(&value).map_err(|_| wrong())?,
        "0.9.2342.19200300.100.1.25" | "1.2.840.113549.1.9.1" => write::ia5(&value).map_err(|_| wrong())?,
        _ => write::utf8(&value),
    };
    Ok(write::sequence(&[&oid, &encoded]))
}

/// Undoes RFC 4514 escapes; white space at the ends counts only where it is escaped.
fn unescape(text: &str) -> Option<String> {
    let mut out: Vec<u8> = Vec::new();
    // Length of what an escape protects from being trimmed.
    let mut kept = 0;
    let mut chars = text.trim_start().chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let next = chars.next()?;
        if let Some(high) = next.to_digit(16) {
            let low = chars.next()?.to_digit(16)?;
            out.push(u8::try_from(high << 4 | low).ok()?);
        } else {
            out.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes());
        }
        kept = out.len();
    }
    while out.len() > kept && out.last().is_some_and(u8::is_ascii_whitespace) {
        out.pop();
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use crate::pki::name::{Name, NameError};
    use crate::pki::write;

    #[test]
    fn text_goes_there_and_back() {
        for text in [
            "CN=Example Root,O=Example,C=CN",
            "CN=示例市行政审批局,O=a\\, b,C=CN",
            "CN=a+UID=7,O=x\\+y",
            "1.2.3.4=odd,CN=\\ lead",
        ] {
            assert_eq!(Name::parse(text).unwrap().to_string(), text);
        }
        let name = Name::parse("CN=Example Root, O=Example , C=cn").unwrap();
        assert_eq!(name.to_string(), "CN=Example Root,O=Example,C=CN");
        assert_eq!(name.common_name().as_deref(), Some("Example Root"));
        // The country comes first in the DER, as PrintableString.
        assert_eq!(&name.as_der()[2..15], b"\x31\x0B\x30\x09\x06\x03\x55\x04\x06\x13\x02CN");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        assert_eq!(Name::parse("  "), Err(NameError::Empty));
        assert!(matches!(Name::parse("CN=a,C=CHN"), Err(NameError::Value { .. })));
        assert!(matches!(Name::parse("XX=a"), Err(NameError::UnknownType(_))));
        assert!(matches!(Name::parse("CN=a,"), Err(NameError::Part { .. })));
        assert!(matches!(Name::parse("CN="), Err(NameError::Value { .. })));
        assert!(matches!(Name::parse("CN=a\\"), Err(NameError::Part { .. })));
    }

    #[test]
    fn hidden_characters_are_shown() {
        let name = |text: &str| {
            let pair = write::sequence(&[&write::oid("2.5.4.3").unwrap(), &write::utf8(text)]);
            Name::from_der(&write::sequence(&[&write::set(&[&pair])])).unwrap()
        };
        assert_eq!(name("a\u{202E}b\u{1B}[0m").to_string(), "CN=a\\E2\\80\\AEb\\1B[0m");
        assert_eq!(name("#x ").to_string(), "CN=\\#x\\ ");
    }

    #[test]
    fn case_space_and_string_type_are_folded() {
        let utf8 = Name::parse("CN=Example  Root,C=CN").unwrap();
        let other = Name::parse("CN=example root,C=cn").unwrap();
        assert_ne!(utf8, other);
        assert!(utf8.matches(&other));
        assert!(!utf8.matches(&Name::parse("CN=example roo,C=CN").unwrap()));
        assert_eq!(utf8.is_within(&Name::parse("C=CN").unwrap()), Some(true));
        assert_eq!(Name::parse("C=CN").unwrap().is_within(&utf8), Some(false));
    }

    #[test]
    fn a_value_of_no_string_type_is_no_string() {
        let name = |value: &[u8]| {
            let pair = write::sequence(&[&write::oid("2.5.4.3").unwrap(), value]);
            Name::from_der(&write::sequence(&[&write::set(&[&pair])])).unwrap()
        };
        // The DER of the number 65 would read "\u{2}\u{1}A" as text.
        assert!(!name(&write::integer(65)).matches(&name(&write::utf8("\u{2}\u{1}A"))));
    }

    #[test]
    fn a_relative_name_lies_below_its_issuer() {
        let issuer = Name::parse("O=a,C=CN").unwrap();
        let rdn = write::sequence(&[&write::oid("2.5.4.3").unwrap(), &write::utf8("list 1")]);
        assert!(issuer.with_rdn(&rdn).unwrap().matches(&Name::parse("CN=list 1,O=a,C=CN").unwrap()));
    }
}
