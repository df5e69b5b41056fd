//! Every reason code, with its one effect and its one sub-indication, in one table.

use crate::report::SubIndication;

/// What a finding does to a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// TOTAL-FAILED.
    Fail,
    /// INDETERMINATE.
    Doubt,
    /// Nothing, but the reader should know.
    Warn,
    /// Nothing.
    Tell,
    /// The document cannot be judged.
    Refuse,
}

/// Level of a finding, as reports name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Information,
    Warning,
    Error,
}

impl Level {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Information => "information",
        }
    }
}

macro_rules! codes {
    ($($variant:ident $name:literal $effect:ident $sub:tt),+ $(,)?) => {
        /// A reason. Names are never translated and never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[allow(missing_docs)]
        pub enum Code { $($variant),+ }

        impl Code {
            /// All codes: what the messages must have texts for.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// Name in reports, SCREAMING_SNAKE_CASE.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name),+ }
            }

            /// The code of a name.
            #[must_use]
            pub fn by_name(name: &str) -> Option<Code> {
                Code::ALL.iter().copied().find(|code| code.name() == name)
            }

            /// What it does to a verdict.
            #[must_use]
            pub fn effect(self) -> Effect {
                match self { $(Code::$variant => Effect::$effect),+ }
            }

            /// EN 319 102-1 sub-indication, where there is one.
            #[must_use]
            pub fn sub_indication(self) -> Option<SubIndication> {
                match self { $(Code::$variant => codes!(@sub $sub)),+ }
            }
        }
    };
    (@sub -) => { None };
    (@sub $sub:ident) => { Some(SubIndication::$sub) };
}

codes! {
    // Cryptography of the signature value and of digests.
    HashFailure "HASH_FAILURE" Fail HashFailure,
    SigCryptoFailure "SIG_CRYPTO_FAILURE" Fail SigCryptoFailure,
    SesDataHash "SES_DATAHASH" Fail HashFailure,
    ReferenceDigest "REFERENCE_DIGEST" Fail HashFailure,
    AlgorithmConfusion "ALGORITHM_CONFUSION" Fail SigCryptoFailure,
    ValueRaw "VALUE_RAW" Warn -,
    ZPrefixedDigest "Z_PREFIXED_DIGEST" Fail HashFailure,
    DigestWithoutZ "DIGEST_WITHOUT_Z" Warn -,
    CryptoConstraints "CRYPTO_CONSTRAINTS_FAILURE" Doubt CryptoConstraintsFailure,
    CryptoConstraintsNoPoe "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" Doubt CryptoConstraintsFailureNoPoe,
    DigestUncheckable "DIGEST_UNCHECKABLE" Doubt CryptoConstraintsFailure,
    DigestNotAnnounced "DIGEST_NOT_ANNOUNCED" Doubt SigConstraintsFailure,
    NotGm "NOT_GM" Warn -,
    // What the policy asks for.
    TimeUnproven "TIME_UNPROVEN" Doubt NoPoe,
    CoverageForbidden "COVERAGE_FORBIDDEN" Fail -,
    CoverageInsufficient "COVERAGE_INSUFFICIENT" Doubt SigConstraintsFailure,
    PolicyForbidsChange "POLICY_FORBIDS_CHANGE" Fail -,
    OverlayForbidden "OVERLAY_FORBIDDEN" Fail -,
    DocumentTimestampUntrusted "DOCUMENT_TIMESTAMP_UNTRUSTED" Doubt SigConstraintsFailure,
    DocumentTimestampMissing "DOCUMENT_TIMESTAMP_MISSING" Doubt SigConstraintsFailure,
    RevocationNotAsked "REVOCATION_NOT_ASKED" Warn -,
    RevocationTooOld "REVOCATION_TOO_OLD" Doubt TryLater,
    SealStateUnknown "SEAL_STATE_UNKNOWN" Doubt TryLater,
    SignaturePolicyImplied "SIGNATURE_POLICY_IMPLIED" Tell -,
    SignaturePolicyAccepted "SIGNATURE_POLICY_ACCEPTED" Tell -,
    SignaturePolicyUnknown "SIGNATURE_POLICY_UNKNOWN" Warn -,
    SignaturePolicyNotAvailable "SIGNATURE_POLICY_NOT_AVAILABLE" Doubt SignaturePolicyNotAvailable,
    PolicyProcessingError "POLICY_PROCESSING_ERROR" Doubt PolicyProcessingError,
    // Format.
    FormatFailure "FORMAT_FAILURE" Fail FormatFailure,
    NonDer "NON_DER" Fail FormatFailure,
    BerEncoding "BER_ENCODING" Warn -,
    AttributesUnsorted "ATTRIBUTES_UNSORTED" Warn -,
    ContentsMalformed "CONTENTS_MALFORMED" Fail FormatFailure,
    ContentsPaddingNonzero "CONTENTS_PADDING_NONZERO" Doubt -,
    ContainerUnknown "CONTAINER_UNKNOWN" Fail FormatFailure,
    SubfilterUnsupported "SUBFILTER_UNSUPPORTED" Doubt -,
    SigConstraints "SIG_CONSTRAINTS_FAILURE" Doubt SigConstraintsFailure,
    SigningCertificateMismatch "SIGNING_CERTIFICATE_MISMATCH" Fail SigCryptoFailure,
    // Certificates.
    NoSigningCertificate "NO_SIGNING_CERTIFICATE_FOUND" Doubt NoSigningCertificateFound,
    NoCertificateChain "NO_CERTIFICATE_CHAIN_FOUND" Doubt NoCertificateChainFound,
    ChainConstraints "CHAIN_CONSTRAINTS_FAILURE" Doubt ChainConstraintsFailure,
    ChainGeneral "CERTIFICATE_CHAIN_GENERAL_FAILURE" Doubt CertificateChainGeneralFailure,
    Expired "EXPIRED" Fail Expired,
    NotYetValid "NOT_YET_VALID" Fail NotYetValid,
    OutOfBoundsNoPoe "OUT_OF_BOUNDS_NO_POE" Doubt OutOfBoundsNoPoe,
    Revoked "REVOKED" Fail Revoked,
    RevokedNoPoe "REVOKED_NO_POE" Doubt RevokedNoPoe,
    RevokedCaNoPoe "REVOKED_CA_NO_POE" Doubt RevokedCaNoPoe,
    RevokedLater "REVOKED_LATER" Tell -,
    TryLater "TRY_LATER" Doubt TryLater,
    EvidenceFetched "EVIDENCE_FETCHED" Tell -,
    RevocationOutOfBoundsNoPoe "REVOCATION_OUT_OF_BOUNDS_NO_POE" Doubt RevocationOutOfBoundsNoPoe,
    NoChainNoPoe "NO_CERTIFICATE_CHAIN_FOUND_NO_POE" Doubt NoCertificateChainFoundNoPoe,
    RegisterUnreadable "REGISTER_UNREADABLE" Doubt TryLater,
    RevocationNotPublished "REVOCATION_NOT_PUBLISHED" Warn -,
    // One certificate path by itself.
    PathInvalid "PATH_INVALID" Fail ChainConstraintsFailure,
    CertificateExpired "CERTIFICATE_EXPIRED" Fail Expired,
    CertificateNotYetValid "CERTIFICATE_NOT_YET_VALID" Fail NotYetValid,
    CertificateRevoked "CERTIFICATE_REVOKED" Fail Revoked,
    RevocationUnknown "REVOCATION_UNKNOWN" Doubt TryLater,
    // Times.
    TimeConflict "TIME_CONFLICT" Doubt -,
    SigningTimeInFuture "SIGNING_TIME_IN_FUTURE" Doubt -,
    SigningTimeMissing "SIGNING_TIME_MISSING" Warn -,
    TimeClaimedOnly "TIME_CLAIMED_ONLY" Tell -,
    TimestampProves "TIMESTAMP_PROVES" Tell -,
    TimestampUntrusted "TIMESTAMP_UNTRUSTED" Warn -,
    TimestampMalformed "TIMESTAMP_MALFORMED" Fail FormatFailure,
    TimestampImprint "TIMESTAMP_IMPRINT" Fail HashFailure,
    TimestampSignature "TIMESTAMP_SIGNATURE" Fail SigCryptoFailure,
    TimestampNotOfRequest "TIMESTAMP_NOT_OF_REQUEST" Fail -,
    TimestampOrder "TIMESTAMP_ORDER_FAILURE" Doubt TimestampOrderFailure,
    DssMalformed "DSS_MALFORMED" Warn -,
    // The seal.
    SealSignature "SEAL_SIGNATURE" Fail SigCryptoFailure,
    SealMalformed "SEAL_MALFORMED" Fail FormatFailure,
    SealMismatch "SEAL_MISMATCH" Fail -,
    CertNotInSeal "CERT_NOT_IN_SEAL" Fail -,
    CertListUnreadable "CERT_LIST_UNREADABLE" Doubt -,
    SealExpired "SEAL_EXPIRED" Fail Expired,
    SealNotYetValid "SEAL_NOT_YET_VALID" Fail NotYetValid,
    SealSuspended "SEAL_SUSPENDED" Fail Revoked,
    SealCancelled "SEAL_CANCELLED" Fail Revoked,
    SealInactiveNoPoe "SEAL_INACTIVE_NO_POE" Doubt RevokedNoPoe,
    SealStateLater "SEAL_STATE_LATER" Tell -,
    SealStatusStale "SEAL_STATUS_STALE" Doubt TryLater,
    SealNotListed "SEAL_NOT_LISTED" Doubt TryLater,
    SealOutOfBoundsNoPoe "SEAL_OUT_OF_BOUNDS_NO_POE" Doubt OutOfBoundsNoPoe,
    SealSizeImplausible "SEAL_SIZE_IMPLAUSIBLE" Warn -,
    SealOddDates "SEAL_ODD_DATES" Warn -,
    SealExtensionCritical "SEAL_EXTENSION_CRITICAL" Doubt -,
    MakerExpiredSince "MAKER_EXPIRED_SINCE" Tell -,
    MakerOutOfBounds "MAKER_OUT_OF_BOUNDS" Fail Expired,
    // PDF: range, revision, later changes.
    ByteRangeMalformed "BYTERANGE_MALFORMED" Fail FormatFailure,
    ByteRangeGapNotContents "BYTERANGE_GAP_NOT_CONTENTS" Fail FormatFailure,
    ByteRangeOverlap "BYTERANGE_OVERLAP" Fail FormatFailure,
    RevisionEndNotCovered "REVISION_END_NOT_COVERED" Fail FormatFailure,
    BytesAfterSignedRange "BYTES_AFTER_SIGNED_RANGE" Fail -,
    SignatureModified "SIGNATURE_MODIFIED" Fail -,
    SignatureRemoved "SIGNATURE_REMOVED" Fail -,
    SignatureShared "SIGNATURE_SHARED" Fail -,
    UsageRights "USAGE_RIGHTS" Tell -,
    DuplicateKeys "DUPLICATE_KEYS" Fail FormatFailure,
    LaterRevisionUnexplained "LATER_REVISION_UNEXPLAINED" Doubt -,
    LaterSignature "LATER_SIGNATURE" Tell -,
    LaterChangeForbidden "LATER_CHANGE_FORBIDDEN" Fail -,
    StructureRepaired "STRUCTURE_REPAIRED" Warn -,
    StructureAmbiguous "STRUCTURE_AMBIGUOUS" Doubt -,
    AcroformRemoved "ACROFORM_REMOVED" Fail -,
    AnnotationsModified "ANNOTATIONS_MODIFIED" Fail -,
    BaseVersionDecreased "BASE_VERSION_DECREASED" Fail -,
    DssRemoved "DSS_REMOVED" Fail -,
    DssModified "DSS_MODIFIED" Fail -,
    ExtensionsRemoved "EXTENSIONS_REMOVED" Fail -,
    FieldRemoved "FIELD_REMOVED" Fail -,
    FieldModified "FIELD_MODIFIED" Fail -,
    LockedFieldModified "LOCKED_FIELD_MODIFIED" Fail -,
    CatalogModified "CATALOG_MODIFIED" Fail -,
    ObjectFreed "OBJECT_FREED" Fail -,
    PagesModified "PAGES_MODIFIED" Fail -,
    PageModified "PAGE_MODIFIED" Fail -,
    PageAnnotationsModified "PAGE_ANNOTATIONS_MODIFIED" Fail -,
    PermissionsRemoved "PERMISSIONS_REMOVED" Fail -,
    StructTreeModified "STRUCT_TREE_MODIFIED" Fail -,
    MetadataMalformed "METADATA_MALFORMED" Fail -,
    UnexpectedEntryInXref "UNEXPECTED_ENTRY_IN_XREF" Fail -,
    UnexpectedFormField "UNEXPECTED_FORM_FIELD" Fail -,
    CertificationRepeated "CERTIFICATION_REPEATED" Fail -,
    ShadowPrepared "SHADOW_PREPARED" Warn -,
    ObjectUnreached "OBJECT_UNREACHED" Warn -,
    FieldFilled "FIELD_FILLED" Tell -,
    SignatureFieldAdded "SIGNATURE_FIELD_ADDED" Tell -,
    FormSettingsChanged "FORM_SETTINGS_CHANGED" Tell -,
    DocumentSettingsChanged "DOCUMENT_SETTINGS_CHANGED" Tell -,
    DocumentInformationChanged "DOCUMENT_INFORMATION_CHANGED" Tell -,
    MetadataChanged "METADATA_CHANGED" Tell -,
    ExtensionsChanged "EXTENSIONS_CHANGED" Tell -,
    LongTermDataAdded "LONG_TERM_DATA_ADDED" Tell -,
    StructTreeExtended "STRUCT_TREE_EXTENDED" Tell -,
    AnnotationChanged "ANNOTATION_CHANGED" Tell -,
    AnnotationOverlaysContent "ANNOTATION_OVERLAYS_CONTENT" Warn -,
    // OFD and ZIP.
    ZipDuplicateEntry "ZIP_DUPLICATE_ENTRY" Fail -,
    ZipAmbiguousName "ZIP_AMBIGUOUS_NAME" Fail -,
    ZipHeaderMismatch "ZIP_HEADER_MISMATCH" Fail -,
    ZipHiddenEntry "ZIP_HIDDEN_ENTRY" Fail -,
    ZipOverlap "ZIP_OVERLAP" Fail -,
    ZipAmbiguousEnd "ZIP_AMBIGUOUS_END" Fail -,
    ZipExtraBytes "ZIP_EXTRA_BYTES" Doubt -,
    ZipNameUnsafe "ZIP_NAME_UNSAFE" Fail -,
    ZipNameEncoding "ZIP_NAME_ENCODING" Warn -,
    ZipOddity "ZIP_ODDITY" Warn -,
    SignatureXmlAmbiguous "SIGNATURE_XML_AMBIGUOUS" Fail FormatFailure,
    SignatureXmlSuspicious "SIGNATURE_XML_SUSPICIOUS" Fail FormatFailure,
    NamespaceUnknown "NAMESPACE_UNKNOWN" Doubt -,
    NamespaceOld "NAMESPACE_OLD" Tell -,
    NoReferences "NO_REFERENCES" Fail -,
    ReferenceMissing "REFERENCE_MISSING" Fail -,
    ReferenceRepeated "REFERENCE_REPEATED" Fail -,
    ReferenceOutside "REFERENCE_OUTSIDE" Fail -,
    OfdUnsignedEntry "OFD_UNSIGNED_ENTRY" Doubt SigConstraintsFailure,
    OfdDocumentNotCovered "OFD_DOCUMENT_NOT_COVERED" Doubt SigConstraintsFailure,
    OfdRootNotCovered "OFD_ROOT_NOT_COVERED" Fail -,
    OfdRootOpen "OFD_ROOT_OPEN" Doubt SigConstraintsFailure,
    OfdResourceNotCovered "OFD_RESOURCE_NOT_COVERED" Doubt SigConstraintsFailure,
    OfdAddedAfterSeal "OFD_ADDED_AFTER_SEAL" Fail -,
    OfdStructure "OFD_STRUCTURE" Warn -,
    OfdOpenSignaturesList "OFD_SIGNATURES_LIST_OPEN" Tell -,
    SignatureUnlisted "SIGNATURE_UNLISTED" Fail -,
    SignatureReplayed "SIGNATURE_REPLAYED" Fail -,
    SignatureFileMissing "SIGNATURE_FILE_MISSING" Fail FormatFailure,
    StampInvalid "STAMP_INVALID" Fail -,
    MaxSignIdLow "MAX_SIGN_ID_LOW" Warn -,
    RelativeNotCovered "RELATIVE_NOT_COVERED" Warn -,
    PropertyInfoMismatch "PROPERTY_INFO_MISMATCH" Fail -,
    IntegrityHolds "INTEGRITY_HOLDS" Tell -,
    IntegritySignedLater "INTEGRITY_SIGNED_LATER" Tell -,
    IntegrityUnproven "INTEGRITY_UNPROVEN" Doubt -,
    IntegrityMalformed "INTEGRITY_MALFORMED" Doubt -,
    IntegritySignature "INTEGRITY_SIGNATURE" Fail -,
    IntegrityEntryMissing "INTEGRITY_ENTRY_MISSING" Fail -,
    IntegrityEntryUnlisted "INTEGRITY_ENTRY_UNLISTED" Fail -,
    // The document as a whole.
    EncryptedInput "ENCRYPTED_INPUT" Refuse -,
    NotADocument "NOT_A_DOCUMENT" Refuse -,
    DocumentMalformed "DOCUMENT_MALFORMED" Refuse -,
    LimitReached "LIMIT_REACHED" Refuse -,
    XmlDtd "XML_DTD" Refuse -,
    ZipPathTraversal "ZIP_PATH_TRAVERSAL" Refuse -,
    LimitInflate "LIMIT_INFLATE" Refuse -,
    FileNotFound "FILE_NOT_FOUND" Refuse -,
    FileUnreadable "FILE_UNREADABLE" Refuse -,
}

impl Code {
    /// Level in reports: what fails or refuses is an error, what leaves doubt a warning.
    #[must_use]
    pub fn level(self) -> Level {
        match self.effect() {
            Effect::Fail | Effect::Refuse => Level::Error,
            Effect::Doubt | Effect::Warn => Level::Warning,
            Effect::Tell => Level::Information,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::report::{Code, Effect};

    #[test]
    fn names_are_unique_and_screaming() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        for name in &names {
            assert!(name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'), "{name}");
        }
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_sub_indication_never_belongs_to_a_mere_warning() {
        for code in Code::ALL {
            if matches!(code.effect(), Effect::Warn | Effect::Tell) {
                assert_eq!(code.sub_indication(), None, "{}", code.name());
            }
        }
    }
}
