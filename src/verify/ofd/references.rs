//! The digests of Signature.xml's References (GB/T 33190-2016 18.2.4), each over the raw bytes of a file.

use std::collections::HashMap;

use crate::container::{ContainerError, EntryPath};
use crate::crypto::{Digest, DigestAlgorithm, Hasher};
use crate::ofd::{Document, OfdError, SignatureContent};
use crate::policy::Used;
use crate::report::{Code, Finding};
use crate::verify::Evidence;
use crate::verify::draft::Draft;
use crate::verify::value;

/// Digests of files, made once for all signatures of a package.
#[derive(Default)]
pub(crate) struct DigestCache(HashMap<(EntryPath, DigestAlgorithm), Option<Digest>>);

impl DigestCache {
    /// The digest of a file; `None` where it cannot be unpacked.
    fn of(
        &mut self,
        document: &Document,
        path: &EntryPath,
        algorithm: DigestAlgorithm,
    ) -> Result<Option<Digest>, OfdError> {
        if let Some(known) = self.0.get(&(path.clone(), algorithm)) {
            return Ok(known.clone());
        }
        let Some(entry) = document.package().get_folded(path) else { return Ok(None) };
        let mut hasher = Hasher::new(algorithm);
        let digest = match document.package().stream(entry, &mut |bytes| hasher.update(bytes)) {
            Ok(()) => Some(hasher.finish()),
            Err(
                error @ (ContainerError::Io(_) | ContainerError::InflateLimit { .. } | ContainerError::Ratio { .. }),
            ) => {
                return Err(error.into());
            }
            Err(_) => None,
        };
        self.0.insert((path.clone(), algorithm), digest.clone());
        Ok(digest)
    }
}

/// The CheckMethod of a signature.
pub(crate) enum CheckMethod {
    /// A digest of this algorithm.
    Digest(DigestAlgorithm),
    /// Keyed SM3: nobody without its key can check it.
    KeyedSm3,
    /// Not known here.
    Unknown,
}

/// Reads a CheckMethod: a name or an identifier; MD5 where there is none, as the schema says.
pub(crate) fn check_method(text: Option<&str>) -> CheckMethod {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return CheckMethod::Digest(DigestAlgorithm::Md5);
    };
    let plain: String =
        text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect::<String>().to_ascii_uppercase();
    match plain.as_str() {
        "1.2.156.10197.1.401.2" => CheckMethod::KeyedSm3,
        "SM3" | "1.2.156.10197.1.401" | "1.2.156.10197.1.401.1" => CheckMethod::Digest(DigestAlgorithm::Sm3),
        "MD5" => CheckMethod::Digest(DigestAlgorithm::Md5),
        "SHA1" => CheckMethod::Digest(DigestAlgorithm::Sha1),
        "SHA256" => CheckMethod::Digest(DigestAlgorithm::Sha256),
        "SHA384" => CheckMethod::Digest(DigestAlgorithm::Sha384),
        "SHA512" => CheckMethod::Digest(DigestAlgorithm::Sha512),
        oid => DigestAlgorithm::from_oid(oid).map_or(CheckMethod::Unknown, CheckMethod::Digest),
    }
}

/// The digest of the references against the policy, once it is known what proves the time of signing
/// (EN 319 102-1 5.2.8.4.2).
pub(crate) fn strength(content: &SignatureContent, evidence: &Evidence<'_>, draft: &mut Draft) {
    let CheckMethod::Digest(algorithm) = check_method(content.check_method.as_deref()) else { return };
    let used = Used { proven: draft.report.proven_time, validation: evidence.time };
    let weak = evidence.policy.weak_digest(algorithm, used);
    draft.settle(
        "references-strength",
        "EN 319 102-1 5.2.8.4.2",
        weak.map(|w| value::weakness(&w)).into_iter().collect(),
    );
}

/// Checks every reference.
///
/// # Errors
/// [`OfdError`] when the package cannot be read any more.
pub(crate) fn check(
    document: &Document,
    content: &SignatureContent,
    cache: &mut DigestCache,
    draft: &mut Draft,
) -> Result<(), OfdError> {
    const STEP: &str = "references";
    const CLAUSE: &str = "GB/T 33190-2016 18.2.4";
    let method = check_method(content.check_method.as_deref());
    let algorithm = match method {
        CheckMethod::Digest(algorithm) => algorithm,
        CheckMethod::KeyedSm3 | CheckMethod::Unknown => {
            let name = content.check_method.clone().unwrap_or_default();
            draft.end(STEP, CLAUSE, Finding::new(Code::DigestUncheckable).with("method", name));
            return Ok(());
        }
    };
    let mut findings: Vec<Finding> = Vec::new();
    if content.references.is_empty() {
        findings.push(Finding::new(Code::NoReferences));
    }
    for reference in &content.references {
        let at = |code: Code| Finding::new(code).at(&reference.file_ref);
        let Some(path) = &reference.path else {
            findings.push(at(Code::ReferenceOutside));
            continue;
        };
        if !reference.is_present {
            findings.push(at(Code::ReferenceMissing));
            continue;
        }
        let expected = reference.check_value.as_deref();
        match cache.of(document, path, algorithm)? {
            Some(digest) if Some(digest.as_bytes()) == expected => {}
            Some(digest) => {
                findings.push(at(Code::HashFailure).with("algorithm", algorithm.name()).with("found", digest.to_hex()))
            }
            None => findings.push(at(Code::HashFailure).with("algorithm", algorithm.name()).with("found", "-")),
        }
    }
    draft.settle(STEP, CLAUSE, findings);
    Ok(())
}
