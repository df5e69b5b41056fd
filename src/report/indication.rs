//! Indications and sub-indications of EN 319 102-1 V1.3.1 clause 5.1.3.

use std::fmt;

/// Verdict on a signature or a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Indication {
    TotalPassed,
    TotalFailed,
    Indeterminate,
    /// No signature and no trace of one.
    NoSignature,
    /// The file could not be judged at all.
    Refused,
}

impl Indication {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Indication::TotalPassed => "TOTAL-PASSED",
            Indication::TotalFailed => "TOTAL-FAILED",
            Indication::Indeterminate => "INDETERMINATE",
            Indication::NoSignature => "NO-SIGNATURE",
            Indication::Refused => "REFUSED",
        }
    }

    /// The worse of two verdicts on signatures: failed, then indeterminate, then passed.
    #[must_use]
    pub fn worst(self, other: Indication) -> Indication {
        let rank = |i: Indication| match i {
            Indication::TotalPassed => 0,
            Indication::NoSignature => 1,
            Indication::Indeterminate => 2,
            Indication::TotalFailed => 3,
            Indication::Refused => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

macro_rules! sub_indications {
    ($($variant:ident $name:literal),+ $(,)?) => {
        /// Reason of a verdict, by the names of EN 319 102-1 table 6.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum SubIndication { $($variant),+ }

        impl SubIndication {
            /// All of them.
            pub const ALL: &'static [SubIndication] = &[$(SubIndication::$variant),+];

            /// Name in reports.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(SubIndication::$variant => $name),+ }
            }
        }
    };
}

sub_indications! {
    FormatFailure "FORMAT_FAILURE",
    HashFailure "HASH_FAILURE",
    SigCryptoFailure "SIG_CRYPTO_FAILURE",
    Revoked "REVOKED",
    Expired "EXPIRED",
    NotYetValid "NOT_YET_VALID",
    SigConstraintsFailure "SIG_CONSTRAINTS_FAILURE",
    ChainConstraintsFailure "CHAIN_CONSTRAINTS_FAILURE",
    CertificateChainGeneralFailure "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    CryptoConstraintsFailure "CRYPTO_CONSTRAINTS_FAILURE",
    CryptoConstraintsFailureNoPoe "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    PolicyProcessingError "POLICY_PROCESSING_ERROR",
    SignaturePolicyNotAvailable "SIGNATURE_POLICY_NOT_AVAILABLE",
    TimestampOrderFailure "TIMESTAMP_ORDER_FAILURE",
    NoSigningCertificateFound "NO_SIGNING_CERTIFICATE_FOUND",
    NoCertificateChainFound "NO_CERTIFICATE_CHAIN_FOUND",
    NoCertificateChainFoundNoPoe "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
    RevokedNoPoe "REVOKED_NO_POE",
    RevokedCaNoPoe "REVOKED_CA_NO_POE",
    OutOfBoundsNotRevoked "OUT_OF_BOUNDS_NOT_REVOKED",
    OutOfBoundsNoPoe "OUT_OF_BOUNDS_NO_POE",
    RevocationOutOfBoundsNoPoe "REVOCATION_OUT_OF_BOUNDS_NO_POE",
    NoPoe "NO_POE",
    TryLater "TRY_LATER",
    SignedDataNotFound "SIGNED_DATA_NOT_FOUND",
}

impl fmt::Display for Indication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for SubIndication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
