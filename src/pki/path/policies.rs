//! Certificate policies along a path: RFC 5280 6.1, with the graph of RFC 9618 in the place of the tree, whose size a
//! hostile chain could make exponential. Here each policy is one node of its level, and the work is linear in the
//! size of the extensions.

use std::collections::{BTreeMap, BTreeSet};

use crate::pki::Certificate;
use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::extension::oid;
use crate::pki::path::PathFailure;

/// Whether a valid policy is asked for (initial-explicit-policy, RFC 5280 6.1.1 e).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExplicitPolicy {
    /// Only where a certificate asks for one.
    #[default]
    ByCertificates,
    /// Always.
    Required,
}

/// Whether policies may be mapped (initial-policy-mapping-inhibit, RFC 5280 6.1.1 d).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyMapping {
    /// They may.
    #[default]
    Allowed,
    /// They may not.
    Inhibited,
}

/// Whether anyPolicy is understood (initial-any-policy-inhibit, RFC 5280 6.1.1 f).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnyPolicy {
    /// It stands for every policy.
    #[default]
    Allowed,
    /// It stands for nothing.
    Inhibited,
}

/// What the relying party asks of policies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyInputs {
    /// user-initial-policy-set, dotted identifiers; empty or with anyPolicy in it for any (RFC 5280 6.1.1 c).
    pub accepted: Vec<String>,
    /// Whether a valid policy is asked for.
    pub explicit: ExplicitPolicy,
    /// Whether policies may be mapped.
    pub mapping: PolicyMapping,
    /// Whether anyPolicy is understood.
    pub any: AnyPolicy,
}

/// Most policies or mappings of one certificate that are looked at: far above the dozen of real ones.
const POLICIES: usize = 1024;

/// What is wrong, and with which certificate: 0 is the end.
pub(crate) type PolicyFault = (usize, PathFailure);

/// Processes policies from the anchor down; `chain` stands end first, anchor last. Gives the user-constrained policy
/// set, `2.5.29.32.0` for any.
pub(crate) fn check(chain: &[Certificate], inputs: &PolicyInputs) -> Result<Vec<String>, PolicyFault> {
    let below = chain.len().saturating_sub(1);
    let mut state = State::new(inputs, below);
    if let Some(anchor) = chain.last().filter(|_| below > 0) {
        // RFC 5937 3: what the anchor constrains holds from the beginning.
        state.constrain(anchor).map_err(|failure| (below, failure))?;
    }
    for (position, certificate) in chain.iter().enumerate().take(below).rev() {
        let place = if position == 0 { Place::End } else { Place::Between };
        state.step(certificate, place).map_err(|failure| (position, failure))?;
    }
    state.conclude(inputs).map_err(|failure| (0, failure))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    End,
    Between,
}

/// One policy on one level. `parents` are policies of the level above; without any, anyPolicy is the parent.
#[derive(Clone, Debug, Default)]
struct Node {
    parents: BTreeSet<String>,
}

/// The policies valid at one depth (RFC 9618 3.1).
#[derive(Clone, Debug, Default)]
struct Level {
    nodes: BTreeMap<String, Node>,
    any: bool,
}

impl Level {
    fn is_empty(&self) -> bool {
        !self.any && self.nodes.is_empty()
    }
}

/// State variables of RFC 5280 6.1.2.
struct State {
    levels: Vec<Level>,
    /// Expected policies of the next certificate.
    expected: Level,
    explicit: u64,
    mapping: u64,
    any: u64,
}

impl State {
    fn new(inputs: &PolicyInputs, below: usize) -> Self {
        let far = (below as u64).saturating_add(1);
        State {
            levels: Vec::new(),
            expected: Level { nodes: BTreeMap::new(), any: true },
            explicit: if inputs.explicit == ExplicitPolicy::Required { 0 } else { far },
            mapping: if inputs.mapping == PolicyMapping::Inhibited { 0 } else { far },
            any: if inputs.any == AnyPolicy::Inhibited { 0 } else { far },
        }
    }

    /// One certificate below the anchor.
    fn step(&mut self, certificate: &Certificate, place: Place) -> Result<(), PathFailure> {
        let self_issued = certificate.is_self_issued();
        let any_counts = self.any > 0 || (place == Place::Between && self_issued);
        let mut level = narrowed(std::mem::take(&mut self.expected), certificate, any_counts)?;
        // 6.1.3 f.
        if self.explicit == 0 && level.is_empty() {
            return Err(PathFailure::Policy);
        }
        if place == Place::End {
            // 6.1.5 a and b.
            self.explicit = self.explicit.saturating_sub(1);
            if constraints(certificate)?.explicit == Some(0) {
                self.explicit = 0;
            }
            self.levels.push(level);
            return Ok(());
        }
        self.expected = mapped(&mut level, certificate, self.mapping > 0)?;
        self.levels.push(level);
        // 6.1.4 h.
        if !self_issued {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.any = self.any.saturating_sub(1);
        }
        self.constrain(certificate)
    }

    /// RFC 5280 6.1.4 i and j.
    fn constrain(&mut self, certificate: &Certificate) -> Result<(), PathFailure> {
        let wanted = constraints(certificate)?;
        self.explicit = self.explicit.min(wanted.explicit.unwrap_or(u64::MAX));
        self.mapping = self.mapping.min(wanted.mapping.unwrap_or(u64::MAX));
        let any = number(certificate, oid::INHIBIT_ANY_POLICY)?;
        self.any = self.any.min(any.unwrap_or(u64::MAX));
        Ok(())
    }

    /// RFC 5280 6.1.5 g, RFC 9618 5.6: the policies that hold on the whole path, as the anchor's domain names them.
    fn conclude(&self, inputs: &PolicyInputs) -> Result<Vec<String>, PathFailure> {
        let authority = self.authority_constrained();
        let takes_any = inputs.accepted.is_empty() || inputs.accepted.iter().any(|one| one == oid::ANY_POLICY);
        let mut user: Vec<String> = if takes_any {
            authority.iter().cloned().collect()
        } else if authority.contains(oid::ANY_POLICY) {
            inputs.accepted.clone()
        } else {
            inputs.accepted.iter().filter(|one| authority.contains(*one)).cloned().collect()
        };
        user.sort();
        user.dedup();
        if self.explicit == 0 && user.is_empty() { Err(PathFailure::Policy) } else { Ok(user) }
    }

    /// Walks up from the last level to the nodes whose parent is anyPolicy.
    fn authority_constrained(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let Some(last) = self.levels.last() else {
            // The anchor itself was asked about: nothing constrains it.
            return BTreeSet::from([oid::ANY_POLICY.to_owned()]);
        };
        if last.any {
            found.insert(oid::ANY_POLICY.to_owned());
        }
        let mut reached: BTreeSet<&String> = last.nodes.keys().collect();
        for level in self.levels.iter().rev() {
            let mut above = BTreeSet::new();
            for policy in reached {
                let Some(node) = level.nodes.get(policy) else { continue };
                if node.parents.is_empty() {
                    found.insert(policy.clone());
                } else {
                    above.extend(&node.parents);
                }
            }
            reached = above;
        }
        found
    }
}

/// RFC 5280 6.1.3 d and e: what is expected, narrowed to what the certificate says.
fn narrowed(expected: Level, certificate: &Certificate, any_counts: bool) -> Result<Level, PathFailure> {
    let Some(said) = policies(certificate)? else { return Ok(Level::default()) };
    let says_any = said.contains(oid::ANY_POLICY) && any_counts;
    let mut level = expected;
    let any_was_expected = level.any;
    if !says_any {
        level.nodes.retain(|policy, _| said.contains(policy));
        level.any = false;
    }
    if any_was_expected {
        for policy in said {
            if policy != oid::ANY_POLICY {
                level.nodes.entry(policy).or_default();
            }
        }
    }
    Ok(level)
}

/// RFC 5280 6.1.4 a and b: what is expected of the next certificate.
fn mapped(level: &mut Level, certificate: &Certificate, allowed: bool) -> Result<Level, PathFailure> {
    let mappings = mappings(certificate)?;
    let mut sources: BTreeSet<&String> = BTreeSet::new();
    for (from, to) in &mappings {
        if from == oid::ANY_POLICY || to == oid::ANY_POLICY {
            return Err(PathFailure::PolicyMapping);
        }
        sources.insert(from);
    }
    for source in &sources {
        if !allowed {
            level.nodes.remove(*source);
        } else if level.any {
            level.nodes.entry((*source).clone()).or_default();
        }
    }
    let mut next = Level { nodes: BTreeMap::new(), any: level.any };
    for policy in level.nodes.keys().filter(|policy| !allowed || !sources.contains(policy)) {
        next.nodes.entry(policy.clone()).or_default().parents.insert(policy.clone());
    }
    for (from, to) in mappings.iter().filter(|(from, _)| allowed && level.nodes.contains_key(from)) {
        next.nodes.entry(to.clone()).or_default().parents.insert(from.clone());
    }
    Ok(next)
}

/// policyConstraints (RFC 5280 4.2.1.11).
#[derive(Default)]
struct Constraints {
    explicit: Option<u64>,
    mapping: Option<u64>,
}

fn constraints(certificate: &Certificate) -> Result<Constraints, PathFailure> {
    let broken = || PathFailure::BrokenExtension { oid: oid::POLICY_CONSTRAINTS.to_owned() };
    let Some(extension) = certificate.extension(oid::POLICY_CONSTRAINTS) else { return Ok(Constraints::default()) };
    let read = |value: &[u8]| -> Result<Constraints, BerError> {
        let mut reader = Reader::new(value, Encoding::Der);
        let mut body = reader.enter(tag::SEQUENCE)?;
        reader.end()?;
        let mut skip = |n: u8| -> Result<Option<u64>, BerError> {
            body.optional(tag::context_primitive(n))?.map(|value| skip_certs(value.content)).transpose()
        };
        let read = Constraints { explicit: skip(0)?, mapping: skip(1)? };
        body.end()?;
        Ok(read)
    };
    read(&extension.value).map_err(|_| broken())
}

/// inhibitAnyPolicy (RFC 5280 4.2.1.14).
fn number(certificate: &Certificate, oid: &str) -> Result<Option<u64>, PathFailure> {
    let Some(extension) = certificate.extension(oid) else { return Ok(None) };
    let value = Reader::only(&extension.value, Encoding::Der).ok().filter(|value| value.tag == tag::INTEGER);
    let number = value.and_then(|value| skip_certs(value.content).ok());
    number.map(Some).ok_or_else(|| PathFailure::BrokenExtension { oid: oid.to_owned() })
}

/// `SkipCerts ::= INTEGER (0..MAX)`. More than any path is long is all one.
fn skip_certs(content: &[u8]) -> Result<u64, BerError> {
    match content {
        [] => Err(BerError::Content),
        [first, ..] if first & 0x80 != 0 => Err(BerError::Content),
        bytes => Ok(bytes.iter().fold(0_u64, |n, byte| n.saturating_mul(256).saturating_add(u64::from(*byte)))),
    }
}

/// certificatePolicies (RFC 5280 4.2.1.4), `None` where there are none. One that is broken and not critical says
/// nothing, so that no policy holds; a critical one must be understood with its qualifiers.
fn policies(certificate: &Certificate) -> Result<Option<BTreeSet<String>>, PathFailure> {
    let Some(extension) = certificate.extension(oid::CERTIFICATE_POLICIES) else { return Ok(None) };
    match read_policies(&extension.value) {
        Ok((policies, unknown)) if unknown.is_none() || !extension.critical => Ok(Some(policies)),
        Ok((_, unknown)) => Err(PathFailure::UnknownCritical { oid: unknown.unwrap_or_default() }),
        Err(_) if !extension.critical => Ok(None),
        Err(_) => Err(PathFailure::BrokenExtension { oid: extension.oid.clone() }),
    }
}

/// Policies, and a qualifier that is not known here.
fn read_policies(value: &[u8]) -> Result<(BTreeSet<String>, Option<String>), BerError> {
    let mut reader = Reader::new(value, Encoding::Der);
    let mut list = reader.enter(tag::SEQUENCE)?;
    reader.end()?;
    let (mut policies, mut unknown) = (BTreeSet::new(), None);
    while !list.is_empty() {
        let mut one = list.enter(tag::SEQUENCE)?;
        // "A certificate policy OID MUST NOT appear more than once."
        if !policies.insert(one.expect(tag::OID)?.oid()?) || policies.len() > POLICIES {
            return Err(BerError::Content);
        }
        let Some(qualifiers) = one.optional(tag::SEQUENCE)? else { continue };
        let mut qualifiers = one.inside(&qualifiers)?;
        while !qualifiers.is_empty() {
            let kind = qualifiers.enter(tag::SEQUENCE)?.expect(tag::OID)?.oid()?;
            if kind != oid::CPS_QUALIFIER && kind != oid::USER_NOTICE_QUALIFIER {
                unknown = Some(kind);
            }
        }
    }
    Ok((policies, unknown))
}

/// policyMappings (RFC 5280 4.2.1.5): from the issuer's domain to the subject's.
fn mappings(certificate: &Certificate) -> Result<Vec<(String, String)>, PathFailure> {
    let Some(extension) = certificate.extension(oid::POLICY_MAPPINGS) else { return Ok(Vec::new()) };
    let read = |value: &[u8]| -> Result<Vec<(String, String)>, BerError> {
        let mut reader = Reader::new(value, Encoding::Der);
        let mut list = reader.enter(tag::SEQUENCE)?;
        reader.end()?;
        let mut mappings = Vec::new();
        while !list.is_empty() {
            let mut pair = list.enter(tag::SEQUENCE)?;
            mappings.push((pair.expect(tag::OID)?.oid()?, pair.expect(tag::OID)?.oid()?));
            pair.end()?;
            if mappings.len() > POLICIES {
                return Err(BerError::Content);
            }
        }
        Ok(mappings)
    };
    read(&extension.value).map_err(|_| PathFailure::BrokenExtension { oid: extension.oid.clone() })
}
