//! Name constraints (RFC 5280 4.2.1.10), deny by default: a form of name that is constrained and not understood here
//! refuses.

use crate::pki::Certificate;
use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::extension::GeneralName;

/// A name lies outside, or the constraint is not understood.
pub(crate) struct Outside;

impl From<BerError> for Outside {
    fn from(_: BerError) -> Self {
        Outside
    }
}

/// Checks the constraints of `authority` against the certificates below it. Self-issued ones between are free
/// (RFC 5280 6.1.3 b), the end certificate, which stands first, never is.
pub(crate) fn check(authority: &Certificate, below: &[Certificate]) -> Result<(), Outside> {
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
            if excluded.iter().any(|base| is_same_form(&name, base) && is_within(&name, base) != Some(false)) {
                return Err(Outside);
            }
            let mut bases = permitted.iter().filter(|base| is_same_form(&name, base)).peekable();
            if bases.peek().is_some() && !bases.any(|base| is_within(&name, base) == Some(true)) {
                return Err(Outside);
            }
        }
    }
    Ok(())
}

/// `GeneralSubtrees ::= SEQUENCE OF SEQUENCE { base, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }`; minimum and
/// maximum are not used in this profile and refuse.
fn subtrees(body: &mut Reader<'_>, n: u8) -> Result<Vec<GeneralName>, Outside> {
    let mut bases = Vec::new();
    let Some(list) = body.optional(tag::context(n))? else { return Ok(bases) };
    let mut list = body.inside(&list)?;
    while !list.is_empty() {
        let mut subtree = list.enter(tag::SEQUENCE)?;
        bases.push(GeneralName::read(&subtree.next()?)?);
        subtree.end()?;
    }
    Ok(bases)
}

/// Every name of a certificate: subject, alternative names, and addresses in the subject (RFC 5280 6.1.3, 4.2.1.10).
fn names(certificate: &Certificate) -> Result<Vec<GeneralName>, Outside> {
    let alternatives = certificate.subject_alt_names().map_err(|_| Outside)?;
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

/// `None` where this form is not understood.
fn is_within(name: &GeneralName, base: &GeneralName) -> Option<bool> {
    match (name, base) {
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Some(name.is_within(base)),
        (GeneralName::Dns(name), GeneralName::Dns(base)) => {
            let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
            Some(base.is_empty() || name == base || name.ends_with(&format!(".{}", base.trim_start_matches('.'))))
        }
        (GeneralName::Rfc822(name), GeneralName::Rfc822(base)) => address(name, base),
        (GeneralName::Uri(uri), GeneralName::Uri(base)) => host(uri).map(|host| in_domain(&host, base)),
        (GeneralName::Ip(name), GeneralName::Ip(base)) if base.len() == name.len() * 2 => {
            let (net, mask) = base.split_at(name.len());
            Some(name.iter().zip(net).zip(mask).all(|((a, b), mask)| a & mask == b & mask))
        }
        (GeneralName::Ip(_), GeneralName::Ip(base)) if matches!(base.len(), 8 | 32) => Some(false),
        _ => None,
    }
}

/// One address, all addresses of a host, or of a domain with a leading dot.
fn address(name: &str, base: &str) -> Option<bool> {
    let (local, host) = name.rsplit_once('@')?;
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => Some(local == base_local && host.eq_ignore_ascii_case(base_host)),
        None => Some(in_domain(&host.to_ascii_lowercase(), base)),
    }
}

fn in_domain(host: &str, base: &str) -> bool {
    let base = base.to_ascii_lowercase();
    if base.starts_with('.') { host.ends_with(&base) } else { host == base }
}

/// The host of a URI; `None` where there is none, which refuses (RFC 5280 4.2.1.10).
fn host(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    if host.is_empty() { None } else { Some(host.to_ascii_lowercase()) }
}
