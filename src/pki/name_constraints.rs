//! Name constraints (RFC 5280 4.2.1.10), deny by default: a form of name that is constrained and not understood here
//! refuses.

use crate::limits::{Budget, Exhausted, Limit};
use crate::pki::Certificate;
use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::extension::GeneralName;

/// Why the names of a path are not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// A name lies outside, or the constraint is not understood.
    Outside,
    /// Too much to compare.
    Limit(Exhausted),
}

impl From<BerError> for Refused {
    fn from(_: BerError) -> Self {
        Refused::Outside
    }
}

impl From<Exhausted> for Refused {
    fn from(end: Exhausted) -> Self {
        Refused::Limit(end)
    }
}

/// `GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }`
struct Subtree {
    base: GeneralName,
    bounds: Bounds,
}

/// minimum and maximum are not used in the profile (RFC 5280 4.2.1.10).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bounds {
    /// The whole subtree.
    None,
    /// Others: "the application MUST either process these fields or reject the certificate"; rejected here.
    Unsupported,
}

/// Checks the constraints of `authority` against the certificates below it. Self-issued ones between are free
/// (RFC 5280 6.1.3 b), the end certificate, which stands first, never is.
pub(crate) fn check(authority: &Certificate, below: &[Certificate], budget: &Budget) -> Result<(), Refused> {
    let Some(value) = authority.name_constraints() else { return Ok(()) };
    let mut reader = Reader::new(value, Encoding::Der);
    let mut body = reader.enter(tag::SEQUENCE)?;
    reader.end()?;
    let permitted = subtrees(&mut body, 0)?;
    let excluded = subtrees(&mut body, 1)?;
    body.end()?;
    for (position, certificate) in below.iter().enumerate() {
        if position > 0 && certificate.is_self_issued() {
            continue;
        }
        for name in names(certificate)? {
            budget.spend(Limit::NameComparisons, permitted.len().saturating_add(excluded.len()) as u64)?;
            if excluded.iter().any(|subtree| subtree.may_hold(&name)) {
                return Err(Refused::Outside);
            }
            let mut of_form = permitted.iter().filter(|subtree| is_same_form(&name, &subtree.base)).peekable();
            if of_form.peek().is_some() && !of_form.any(|subtree| subtree.holds(&name)) {
                return Err(Refused::Outside);
            }
        }
    }
    Ok(())
}

impl Subtree {
    fn read(value: &mut Reader<'_>) -> Result<Self, BerError> {
        let base = GeneralName::read(&value.next()?)?;
        let minimum = value.optional(tag::context_primitive(0))?;
        let maximum = value.optional(tag::context_primitive(1))?;
        value.end()?;
        // The default written out is not DER, and harmless.
        let zero = |one: Tlv<'_>| one.content == [0];
        let bounds = if minimum.is_none_or(zero) && maximum.is_none() { Bounds::None } else { Bounds::Unsupported };
        Ok(Subtree { base, bounds })
    }

    /// Certainly inside.
    fn holds(&self, name: &GeneralName) -> bool {
        self.bounds == Bounds::None && is_within(name, &self.base) == Some(true)
    }

    /// Of this form, and not certainly outside.
    fn may_hold(&self, name: &GeneralName) -> bool {
        let unsure = self.bounds == Bounds::Unsupported || is_within(name, &self.base) != Some(false);
        is_same_form(name, &self.base) && (unsure || wildcard_reaches(name, &self.base))
    }
}

/// `GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF GeneralSubtree`.
fn subtrees(body: &mut Reader<'_>, n: u8) -> Result<Vec<Subtree>, Refused> {
    let mut all = Vec::new();
    let Some(list) = body.optional(tag::context(n))? else { return Ok(all) };
    let mut list = body.inside(&list)?;
    while !list.is_empty() {
        all.push(Subtree::read(&mut list.enter(tag::SEQUENCE)?)?);
    }
    Ok(all)
}

/// Every name of a certificate: subject, alternative names, and addresses in the subject (RFC 5280 6.1.3, 4.2.1.10).
fn names(certificate: &Certificate) -> Result<Vec<GeneralName>, Refused> {
    let alternatives = certificate.subject_alt_names().map_err(|_| Refused::Outside)?;
    let mut names = Vec::new();
    if !certificate.subject().is_empty() {
        names.push(GeneralName::Directory(certificate.subject().clone()));
    }
    let has_address = alternatives.iter().flatten().any(|name| matches!(name, GeneralName::Rfc822(_)));
    if !has_address && let Some(rdns) = certificate.subject().rdns() {
        let addresses = rdns.into_iter().flatten().filter(|one| one.oid == "1.2.840.113549.1.9.1");
        names.extend(addresses.filter_map(|one| one.text).map(GeneralName::Rfc822));
    }
    names.extend(alternatives.unwrap_or_default());
    Ok(names)
}

fn is_same_form(a: &GeneralName, b: &GeneralName) -> bool {
    match (a, b) {
        (GeneralName::Other(a), GeneralName::Other(b)) => a == b,
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

/// `None` where this form is not understood, or the name or the base is malformed.
fn is_within(name: &GeneralName, base: &GeneralName) -> Option<bool> {
    match (name, base) {
        (GeneralName::Directory(name), GeneralName::Directory(base)) => name.is_within(base),
        (GeneralName::Dns(name), GeneralName::Dns(base)) => host_within(name, base),
        (GeneralName::Rfc822(name), GeneralName::Rfc822(base)) => address_within(name, base),
        (GeneralName::Uri(uri), GeneralName::Uri(base)) => host_of(uri).map(|host| in_domain(&host, base)),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => network_holds(name, base),
        _ => None,
    }
}

/// "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side of the name"; a
/// leading dot, which many write, asks for one label at least.
fn host_within(name: &str, base: &str) -> Option<bool> {
    let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
    if name.is_empty() || name.ends_with('.') || !name.is_ascii() {
        return None;
    }
    let below = format!(".{}", base.trim_start_matches('.'));
    Some(base.is_empty() || name == base || name.ends_with(&below))
}

/// Whether one of the names that a wildcard stands for lies in an excluded subtree.
fn wildcard_reaches(name: &GeneralName, base: &GeneralName) -> bool {
    let (GeneralName::Dns(name), GeneralName::Dns(base)) = (name, base) else { return false };
    let Some(parent) = name.strip_prefix("*.") else { return false };
    let (parent, base) = (parent.to_ascii_lowercase(), base.trim_start_matches('.').to_ascii_lowercase());
    base.split_once('.').is_some_and(|(_, rest)| rest == parent)
}

/// One mailbox, all mailboxes of a host, or of the hosts of a domain (with a leading dot).
fn address_within(name: &str, base: &str) -> Option<bool> {
    let (local, host) = name.rsplit_once('@').filter(|(local, host)| !local.is_empty() && !host.is_empty())?;
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => Some(local == base_local && host.eq_ignore_ascii_case(base_host)),
        None => Some(in_domain(&host.to_ascii_lowercase(), base)),
    }
}

fn in_domain(host: &str, base: &str) -> bool {
    let base = base.to_ascii_lowercase();
    if base.starts_with('.') { host.ends_with(&base) } else { host == base }
}

/// The host of a URI. `None` without an authority, or where the host is an IP address: such a URI is to be rejected
/// wherever URIs are constrained (RFC 5280 4.2.1.10).
fn host_of(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    if host.starts_with('[') {
        return None;
    }
    let host = host.split(':').next()?.trim_end_matches('.').to_ascii_lowercase();
    // An address, dotted or as one number: no domain of the highest level begins with a digit.
    let address = host.rsplit('.').next()?.starts_with(|c: char| c.is_ascii_digit());
    if host.is_empty() || address || !host.is_ascii() { None } else { Some(host) }
}

/// An address of 4 or 16 bytes against a network and mask of twice that (RFC 4632). Version 4 and 6 are one form of
/// name, so an address of one version lies outside every network of the other.
fn network_holds(address: &[u8], base: &[u8]) -> Option<bool> {
    if !matches!(address.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return None;
    }
    let (network, mask) = base.split_at(base.len() / 2);
    // A mask with a gap is none.
    let ones = mask.iter().map(|byte| byte.leading_ones()).take_while(|ones| *ones > 0).sum::<u32>();
    if ones != mask.iter().map(|byte| byte.count_ones()).sum::<u32>() {
        return None;
    }
    if network.len() != address.len() {
        return Some(false);
    }
    Some(address.iter().zip(network).zip(mask).all(|((a, b), mask)| a & mask == b & mask))
}

#[cfg(test)]
mod tests {
    use crate::pki::Name;
    use crate::pki::ber::{Encoding, Reader, tag};
    use crate::pki::extension::GeneralName;
    use crate::pki::name_constraints::{Subtree, is_within};
    use crate::pki::write;

    fn dns(text: &str) -> GeneralName {
        GeneralName::Dns(text.to_owned())
    }

    fn mail(text: &str) -> GeneralName {
        GeneralName::Rfc822(text.to_owned())
    }

    fn uri(text: &str) -> GeneralName {
        GeneralName::Uri(text.to_owned())
    }

    #[test]
    fn each_form_has_its_own_subtrees() {
        let name = |text: &str| GeneralName::Directory(Name::parse(text).unwrap());
        let ip = |bytes: &[u8]| GeneralName::Ip(bytes.to_vec());
        let net = [10, 1, 0, 0, 255, 255, 0, 0];
        let rows = [
            (name("CN=a,O=示例,C=CN"), name("O=示例,C=CN"), Some(true)),
            (name("O=示例,C=CN"), name("CN=a,O=示例,C=CN"), Some(false)),
            (dns("www.Example.cn"), dns("example.cn"), Some(true)),
            (dns("wwwexample.cn"), dns("example.cn"), Some(false)),
            (dns("example.cn"), dns(".example.cn"), Some(false)),
            (dns("a.example.cn"), dns(".example.cn"), Some(true)),
            (dns("example.cn."), dns("example.cn"), None),
            (mail("Li@Example.cn"), mail("Li@example.cn"), Some(true)),
            (mail("li@example.cn"), mail("Li@example.cn"), Some(false)),
            (mail("li@a.example.cn"), mail("example.cn"), Some(false)),
            (mail("li@a.example.cn"), mail(".example.cn"), Some(true)),
            (mail("example.cn"), mail(".example.cn"), None),
            (uri("http://u@a.example.cn:80/x?y"), uri(".example.cn"), Some(true)),
            (uri("http://example.cn"), uri(".example.cn"), Some(false)),
            (uri("http://10.1.2.3/x"), uri(".example.cn"), None),
            (uri("http://[::1]/x"), uri(".example.cn"), None),
            (uri("urn:x"), uri("example.cn"), None),
            (ip(&[10, 1, 2, 3]), ip(&net), Some(true)),
            (ip(&[10, 2, 2, 3]), ip(&net), Some(false)),
            (ip(&[0; 16]), ip(&net), Some(false)),
            (ip(&[10, 1, 2, 3]), ip(&[10, 1, 0, 0, 255, 0, 255, 0]), None),
            (ip(&[10, 1, 2]), ip(&net), None),
            (GeneralName::Other(0), GeneralName::Other(0), None),
            (dns("a"), mail("a"), None),
        ];
        for (name, base, expected) in rows {
            assert_eq!(is_within(&name, &base), expected, "{name:?} in {base:?}");
        }
    }

    fn subtree(parts: &[&[u8]]) -> Subtree {
        let whole = write::sequence(parts);
        Subtree::read(&mut Reader::new(&whole, Encoding::Der).enter(tag::SEQUENCE).unwrap()).unwrap()
    }

    #[test]
    fn bounds_refuse_and_wildcards_reach() {
        let base = write::implicit_primitive(2, b"example.cn");
        let plain = subtree(&[&base]);
        assert!(plain.holds(&dns("a.example.cn")) && plain.may_hold(&dns("a.example.cn")));
        assert!(!plain.may_hold(&dns("other.cn")));
        let written_out = subtree(&[&base, &write::implicit_primitive(0, &[0])]);
        assert!(written_out.holds(&dns("a.example.cn")));
        for bound in [write::implicit_primitive(0, &[1]), write::implicit_primitive(1, &[2])] {
            let bounded = subtree(&[&base, &bound]);
            assert!(!bounded.holds(&dns("a.example.cn")), "a bound that is not processed permits nothing");
            assert!(bounded.may_hold(&dns("other.cn")), "and excludes everything of its form");
            assert!(!bounded.may_hold(&mail("a@other.cn")));
        }
        let one_host = subtree(&[&write::implicit_primitive(2, b"secret.example.cn")]);
        assert!(one_host.may_hold(&dns("*.example.cn")) && !one_host.holds(&dns("*.example.cn")));
        assert!(!one_host.may_hold(&dns("*.other.cn")));
    }
}
