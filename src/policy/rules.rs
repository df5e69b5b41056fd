//! What a policy can say, key by key. Every choice stands in rising order of strictness, so that what is looser than
//! another policy can be told by comparison.

use std::collections::BTreeMap;

use crate::policy::Algorithms;

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal,)+ })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
            pub enum $name { $($(#[$variant_doc])* $variant,)+ }

            impl Choice for $name {
                const ALL: &'static [Self] = &[$($name::$variant),+];

                fn text(self) -> &'static str {
                    match self { $($name::$variant => $text),+ }
                }
            }
        )+
    };
}

/// One value of a few, in rising order of strictness.
pub(crate) trait Choice: Copy + Ord + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// As it stands in the file.
    fn text(self) -> &'static str;
}

choices! {
    /// What a time that is only claimed may do: `time.claimed`.
    ClaimedTime {
        /// It counts as the time of signing, as in GB/T 38540-2020 8.1.
        Accepted "accepted",
        /// It may only worsen a verdict.
        Worsens "worsens",
    }

    /// Whether the time of signing must be proven: `time.proof`.
    ProofOfTime {
        /// It need not.
        Optional "optional",
        /// Without a proof, by a timestamp or by the trail of the store that signed, the verdict stays open.
        Required "required",
    }

    /// What is asked of document timestamps (ETSI EN 319 142-1 5.4): `timestamps.document`.
    DocumentTimestamps {
        /// One that nobody vouches for is told of, and no more.
        Optional "optional",
        /// Those that are there must pass.
        MustPass "must-pass",
        /// One that passes must protect every signature.
        Required "required",
    }

    /// Whose revocation must be known: `revocation.required`.
    RevocationNeed {
        /// Nobody's: a revocation that is known still counts.
        Never "never",
        /// That of certificates which name a source.
        WherePublished "where-published",
        /// That of every certificate below the anchor.
        Always "always",
    }

    /// How much a signature must cover: `coverage.required`. What is covered only in part is never passed.
    CoverageNeed {
        /// All of the revision that it signed.
        Revision "revision",
        /// All of the document: nothing but long-term data came later.
        Document "document",
    }

    /// What a signature that covers a part only comes to: `coverage.partial`.
    PartialCoverage {
        /// INDETERMINATE.
        Indeterminate "indeterminate",
        /// TOTAL-FAILED.
        Fails "fails",
    }

    /// Highest level of later changes: `changes.highest`. It never allows more than the document does itself.
    HighestChange {
        /// Commenting, where a certification allows it.
        Annotations "annotations",
        /// Filling in forms and signing again.
        FormFilling "form-filling",
        /// Data for long-term validation.
        LongTermData "long-term-data",
        /// Nothing.
        None "none",
    }

    /// What comes of annotations that were laid over a certified page later (evil annotation and sneaky signature
    /// attacks): `changes.overlays`.
    Overlays {
        /// Page and place are told.
        Warn "warn",
        /// TOTAL-FAILED.
        Fail "fail",
    }

    /// What a claimed time outside the period of certificate or seal comes to for a seal or a signature in OFD:
    /// `seals.claimed-outside`.
    ClaimedOutside {
        /// INDETERMINATE, as EN 319 102-1 5.2.6.4 has it.
        Doubts "doubts",
        /// TOTAL-FAILED, as GM/T 0031-2014 6.2.3 d) and f) have it.
        Fails "fails",
    }

    /// Whether the state of a seal must be known: `seals.state`.
    SealState {
        /// It counts where a register or a list tells it.
        WhereKnown "where-known",
        /// A seal of which nobody tells the state stays open.
        Required "required",
    }

    /// Key usage that a signer's certificate must have (RFC 5280 4.2.1.3): `certificates.key-usage`.
    SignerUsage {
        /// digitalSignature or nonRepudiation.
        Signing "signing",
        /// nonRepudiation (contentCommitment).
        NonRepudiation "non-repudiation",
    }

    /// What comes of a signature that names a signature policy which is not accepted here: `signature-policies.unknown`.
    UnknownPolicy {
        /// It is told.
        Warn "warn",
        /// SIGNATURE_POLICY_NOT_AVAILABLE.
        Doubt "doubt",
    }
}

/// The rules of a policy, every key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// `algorithms`.
    pub algorithms: Algorithms,
    /// `time.claimed`.
    pub claimed: ClaimedTime,
    /// `time.proof`.
    pub proof: ProofOfTime,
    /// `timestamps.document`.
    pub document_timestamps: DocumentTimestamps,
    /// `revocation.required`.
    pub revocation: RevocationNeed,
    /// `revocation.max-age-hours`: how old evidence may be that says a certificate is good; `None` for as long as it is
    /// in force (EN 319 102-1 5.2.5).
    pub max_age_hours: Option<u32>,
    /// `coverage.required`.
    pub coverage: CoverageNeed,
    /// `coverage.partial`.
    pub partial: PartialCoverage,
    /// `changes.highest`.
    pub highest_change: HighestChange,
    /// `changes.overlays`.
    pub overlays: Overlays,
    /// `seals.claimed-outside`.
    pub claimed_outside: ClaimedOutside,
    /// `seals.state`.
    pub seal_state: SealState,
    /// `certificates.key-usage`.
    pub key_usage: SignerUsage,
    /// `certificates.purposes`: extended key usages of which a signer's certificate must have one; empty for any.
    pub purposes: Vec<String>,
    /// `certificates.policies`: certificate policies of which one must hold on the whole path of a signer; empty for any.
    pub policies: Vec<String>,
    /// `signature-policies.unknown`.
    pub unknown_policy: UnknownPolicy,
    /// `signature-policies.accepted`: identifiers of signature policies, each with the digest of its text that a
    /// signature must name, in lower-case hexadecimal; `None` for any.
    pub accepted_policies: BTreeMap<String, Option<String>>,
}

impl Rules {
    /// The strictest there are: no algorithm is accepted. What a file that extends nothing begins with.
    pub(crate) fn closed() -> Self {
        Rules {
            algorithms: Algorithms::default(),
            claimed: ClaimedTime::Worsens,
            proof: ProofOfTime::Required,
            document_timestamps: DocumentTimestamps::Required,
            revocation: RevocationNeed::Always,
            max_age_hours: None,
            coverage: CoverageNeed::Document,
            partial: PartialCoverage::Fails,
            highest_change: HighestChange::None,
            overlays: Overlays::Fail,
            claimed_outside: ClaimedOutside::Fails,
            seal_state: SealState::Required,
            key_usage: SignerUsage::NonRepudiation,
            purposes: Vec::new(),
            policies: Vec::new(),
            unknown_policy: UnknownPolicy::Doubt,
            accepted_policies: BTreeMap::new(),
        }
    }

    /// Every key of one value, in the order of the manual, with its value as it stands in a file.
    pub(crate) fn choices(&self) -> [(&'static str, &'static str); 12] {
        [
            ("time.claimed", self.claimed.text()),
            ("time.proof", self.proof.text()),
            ("timestamps.document", self.document_timestamps.text()),
            ("revocation.required", self.revocation.text()),
            ("coverage.required", self.coverage.text()),
            ("coverage.partial", self.partial.text()),
            ("changes.highest", self.highest_change.text()),
            ("changes.overlays", self.overlays.text()),
            ("seals.claimed-outside", self.claimed_outside.text()),
            ("seals.state", self.seal_state.text()),
            ("certificates.key-usage", self.key_usage.text()),
            ("signature-policies.unknown", self.unknown_policy.text()),
        ]
    }

    /// Names of what is looser here than there.
    pub(crate) fn looser_than(&self, other: &Rules) -> Vec<String> {
        let mut names = self.algorithms.looser_than(&other.algorithms);
        let choices = [
            self.claimed < other.claimed,
            self.proof < other.proof,
            self.document_timestamps < other.document_timestamps,
            self.revocation < other.revocation,
            self.coverage < other.coverage,
            self.partial < other.partial,
            self.highest_change < other.highest_change,
            self.overlays < other.overlays,
            self.claimed_outside < other.claimed_outside,
            self.seal_state < other.seal_state,
            self.key_usage < other.key_usage,
            self.unknown_policy < other.unknown_policy,
        ];
        names.extend(
            self.choices().iter().zip(choices).filter(|(_, looser)| *looser).map(|((key, _), _)| (*key).into()),
        );
        let longer =
            |mine: Option<u32>, theirs: Option<u32>| theirs.is_some_and(|theirs| mine.is_none_or(|mine| mine > theirs));
        if longer(self.max_age_hours, other.max_age_hours) {
            names.push("revocation.max-age-hours".to_owned());
        }
        // More names are accepted where the other asks for some.
        let wider = |mine: &[String], theirs: &[String]| {
            !theirs.is_empty() && (mine.is_empty() || mine.iter().any(|one| !theirs.contains(one)))
        };
        if wider(&self.purposes, &other.purposes) {
            names.push("certificates.purposes".to_owned());
        }
        if wider(&self.policies, &other.policies) {
            names.push("certificates.policies".to_owned());
        }
        // Where an unknown policy is only told of, accepting one loosens nothing.
        if other.unknown_policy == UnknownPolicy::Doubt {
            let accepted = self.accepted_policies.iter().filter(|(oid, digest)| {
                let there = other.accepted_policies.get(*oid);
                there.is_none_or(|there| there.is_some() && there != *digest)
            });
            names.extend(accepted.map(|(oid, _)| format!("signature-policies.accepted.{oid}")));
        }
        names
    }
}
