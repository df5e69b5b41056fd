//! Why an operation was not done, with a stable name for each reason and the values that explain it.

use crate::time::Time;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident $name:literal { $($field:ident: $type:ty),* } $text:literal,)+) => {
        /// Why an operation was not done.
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "the fields are what the text says")]
        pub enum OperationError {
            $($(#[$doc])* #[error($text)] $variant { $($field: $type),* },)+
        }

        /// The reasons without their values, for tables over all of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "as in OperationError")]
        pub enum Reason { $($variant),+ }

        impl Reason {
            /// All reasons: what the messages must have texts for.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),+];

            /// Its name; it never changes.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Reason::$variant => $name),+ }
            }

            /// Names of its values.
            #[must_use]
            pub fn arguments(self) -> &'static [&'static str] {
                match self { $(Reason::$variant => &[$(stringify!($field)),*]),+ }
            }
        }

        impl OperationError {
            /// The reason alone.
            #[must_use]
            pub fn reason(&self) -> Reason {
                match self { $(OperationError::$variant { .. } => Reason::$variant),+ }
            }

            /// The values that explain it, by name.
            #[must_use]
            pub fn arguments(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(OperationError::$variant { $($field),* } => vec![$((stringify!($field), $field.to_string())),*]),+
                }
            }
        }
    };
}

reasons! {
    // Reading files.
    /// No such file.
    FileNotFound "file-not-found" { path: String } "{path}: no such file",
    /// The system does not let this user read it.
    FileNotReadable "file-not-readable" { path: String } "{path}: not readable",
    /// A folder stands where a file is needed.
    FileIsFolder "file-is-folder" { path: String } "{path}: is a folder",
    /// A device, pipe or socket.
    FileNotRegular "file-not-regular" { path: String } "{path}: not a regular file",
    /// Larger than what is taken into memory.
    FileTooLarge "file-too-large" { path: String, limit: u64 } "{path}: larger than {limit} bytes",
    /// The system reported a fault while reading.
    FileFault "file-fault" { path: String, fault: String } "{path}: {fault}",
    // Writing files.
    /// The target exists.
    OutputExists "output-exists" { path: String } "{path}: exists",
    /// The target's folder does not exist.
    OutputFolderMissing "output-folder-missing" { path: String } "{path}: its folder does not exist",
    /// The target cannot be written.
    OutputNotWritable "output-not-writable" { path: String } "{path}: not writable",
    /// The disk or quota is full.
    OutputFull "output-full" { path: String } "{path}: no space left",
    /// The target is the input.
    OutputIsInput "output-is-input" { path: String } "{path}: input and output are the same file",
    /// A folder, device or pipe stands where the file should go.
    OutputNotRegular "output-not-regular" { path: String } "{path}: not a regular file",
    /// Somebody replaced the temporary file.
    OutputDisturbed "output-disturbed" { path: String } "{path}: changed by another process while it was written",
    /// The system reported a fault while writing.
    OutputFault "output-fault" { path: String, fault: String } "{path}: {fault}",
    /// Only reports of documents are pages.
    FormatUnfit "format-unfit" {} "only verify gives HTML",
    /// One target for several inputs.
    OutputForSeveral "output-for-several" {} "one output file for several inputs",
    // Secrets.
    /// Others can read the file that holds a secret.
    SecretTooOpen "secret-too-open" { path: String, mode: String } "{path}: others can read it (mode {mode})",
    /// There is no character in it.
    SecretEmpty "secret-empty" {} "the passphrase is empty",
    /// More than is taken.
    SecretTooLong "secret-too-long" {} "the passphrase is too long",
    /// No key file of this program.
    NotAKeyFile "not-a-key-file" { path: String } "{path}: not a key file",
    /// A descriptor that is not open for reading.
    DescriptorUnreadable "descriptor-unreadable" { number: u32 } "file descriptor {number} cannot be read",
    /// An environment variable that is not set.
    VariableMissing "variable-missing" { name: String } "the environment variable {name} is not set",
    /// No passphrase was given and there is no terminal to ask at.
    PassphraseNeeded "passphrase-needed" {} "a passphrase is needed and there is no terminal",
    /// The two passphrases typed differ.
    PassphrasesDiffer "passphrases-differ" {} "the two passphrases differ",
    /// The store opens with a key file.
    KeyFileNeeded "key-file-needed" {} "the store is opened by its key file",
    /// The store opens with a passphrase.
    KeyFileUnfit "key-file-unfit" {} "the store is opened by a passphrase, not by a key file",
    // The store.
    /// There is none.
    StoreMissing "store-missing" { path: String } "{path}: no store",
    /// Something is there already.
    StoreExists "store-exists" { path: String } "{path}: exists",
    /// Something else is there.
    NotAStore "not-a-store" { path: String } "{path}: not a store",
    /// Another user's.
    StoreForeignOwner "store-foreign-owner" { path: String, owner: u32 } "{path}: belongs to user {owner}",
    /// Others can reach it.
    StoreTooOpen "store-too-open" { path: String, mode: String } "{path}: others can reach it (mode {mode})",
    /// Made by a later version.
    StoreNewer "store-newer" { found: i64, known: i64 } "the store has schema {found}, this program knows {known}",
    /// Another process held it too long.
    StoreLocked "store-locked" {} "the store is locked by another process",
    /// No space.
    StoreFull "store-full" {} "no space left for the store",
    /// Not writable.
    StoreNotWritable "store-not-writable" {} "the store is not writable",
    /// Damaged.
    StoreDamaged "store-damaged" {} "the store is damaged",
    /// A fault of system or database.
    StoreFault "store-fault" { fault: String } "the store reported: {fault}",
    /// No folder for a store is known.
    StoreUnnamed "store-unnamed" {} "no folder for the store is known",
    /// Wrong passphrase or key file.
    WrongSecret "wrong-secret" {} "wrong passphrase or key file",
    /// The clock says a time before the trail's last.
    ClockBehind "clock-behind" { now: Time, last: Time } "the clock says {now}, before the trail's last record ({last})",
    /// The trail is not as the store wrote it.
    TrailDamaged "trail-damaged" { fault: String } "the trail is damaged: {fault}",
    // Names.
    /// A name that the store refuses.
    NameUnfit "name-unfit" { name: String } "not a name: {name}",
    /// The name is taken.
    NameTaken "name-taken" { name: String } "the name {name} is taken",
    /// No certificate of that name.
    CertUnknown "cert-unknown" { name: String } "no certificate {name} in the store",
    /// No CA of that name.
    CaUnknown "ca-unknown" { name: String } "no CA {name} in the store",
    /// No seal of that name.
    SealUnknown "seal-unknown" { name: String } "no seal {name} in the store",
    /// No anchor of that identifier.
    AnchorUnknown "anchor-unknown" { id: String } "no anchor {id} in the store",
    /// Several anchors begin so.
    AnchorAmbiguous "anchor-ambiguous" { id: String, count: u64 } "{count} anchors begin with {id}",
    /// The anchor is there already.
    AnchorKnown "anchor-known" { path: String } "{path}: trusted already",
    /// No evidence of that identifier.
    EvidenceUnknown "evidence-unknown" { id: String } "no evidence {id} in the store",
    /// Several pieces of evidence begin so.
    EvidenceAmbiguous "evidence-ambiguous" { id: String, count: u64 } "{count} pieces of evidence begin with {id}",
    /// More evidence than a store keeps.
    EvidenceFull "evidence-full" { path: String, limit: String } "{path}: a store keeps no more than {limit}",
    // Certificates and keys.
    /// Not a distinguished name.
    SubjectMalformed "subject-malformed" { subject: String } "not a distinguished name: {subject}",
    /// No certificate in the file.
    NotACertificate "not-a-certificate" { path: String } "{path}: holds no certificate",
    /// No revocation list in the file.
    NotARevocationList "not-a-revocation-list" { path: String } "{path}: holds no revocation list",
    /// No usable private key in the file.
    NotAKey "not-a-key" { path: String } "{path}: holds no usable private key",
    /// The key is not the certificate's.
    KeyMismatch "key-mismatch" { path: String } "{path}: the key does not belong to the certificate",
    /// The file is encrypted and no password was given.
    PasswordNeeded "password-needed" { path: String } "{path}: a password is needed",
    /// The password does not open it.
    PasswordWrong "password-wrong" { path: String } "{path}: wrong password",
    /// The password does not open a file of keys.
    KeyPasswordWrong "key-password-wrong" { path: String } "{path}: wrong password",
    /// A file of a known kind that gives no certificate or key.
    ImportUnusable "import-unusable" { path: String, kind: String, fault: String } "{path}: {kind}: {fault}",
    // Tokens.
    /// Built without PKCS#11.
    TokenUnsupported "token-unsupported" {} "built without the feature pkcs11",
    /// No URI of RFC 7512 that names a key.
    TokenUriUnfit "token-uri-unfit" { uri: String } "{uri}: names no key on a token",
    /// A PIN among the arguments.
    TokenUriPin "token-uri-pin" {} "the URI of the token names a PIN",
    /// The module cannot be loaded.
    TokenModule "token-module" { path: String, fault: String } "{path}: {fault}",
    /// No such token, or several.
    TokenAbsent "token-absent" { uri: String, count: u64 } "{uri}: {count} tokens",
    /// No such key on the token, or several.
    TokenKeyAbsent "token-key-absent" { uri: String, count: u64 } "{uri}: {count} private keys",
    /// No PIN was named and there is no terminal.
    PinNeeded "pin-needed" { uri: String } "{uri}: a PIN is needed",
    /// The token refuses the PIN.
    PinWrong "pin-wrong" { uri: String } "{uri}: wrong PIN",
    /// The token takes no PIN any more.
    PinLocked "pin-locked" { uri: String } "{uri}: takes no PIN",
    /// Another fault of the token.
    TokenFault "token-fault" { uri: String, fault: String } "{uri}: {fault}",
    /// The token failed at signing.
    TokenFailed "token-failed" {} "the token failed",
    /// No private key in the store.
    KeyMissing "key-missing" { name: String } "the store has no private key for {name}",
    /// The stored key cannot be used.
    KeyUnusable "key-unusable" { name: String } "the private key of {name} cannot be used",
    /// A period that does not lie inside its issuer's.
    ValidityOutside "validity-outside" { issuer: String, not_before: Time, not_after: Time }
        "the validity asked for does not lie within that of {issuer}, {not_before} to {not_after}",
    /// The certificate's time has not come.
    CertNotYetValid "cert-not-yet-valid" { name: String, not_before: Time } "{name} is valid from {not_before}",
    /// The certificate's time is over.
    CertExpired "cert-expired" { name: String, not_after: Time } "{name} expired at {not_after}",
    /// The certificate is revoked.
    CertRevoked "cert-revoked" { name: String, time: Time } "{name} was revoked at {time}",
    /// It may not sign seals.
    NotAMaker "not-a-maker" { name: String } "{name} may not sign seals",
    /// It may not sign timestamps.
    NotATsa "not-a-tsa" { name: String } "{name} may not sign timestamps",
    /// It may not sign documents.
    NotASigner "not-a-signer" { name: String } "{name} may not sign documents",
    /// Its issuer is not in this store.
    NotIssuedHere "not-issued-here" { name: String } "{name} was not issued by a CA of this store",
    // Seals.
    /// No picture that can be a seal's.
    PictureUnusable "picture-unusable" { path: String, fault: String } "{path}: not a usable picture: {fault}",
    /// Not a font that can be drawn with.
    FontUnusable "font-unusable" { path: String, fault: String } "{path}: not a usable font: {fault}",
    /// The font lacks characters of a seal's text.
    CharactersLacking "characters-lacking" { fault: String } "{fault}",
    /// A text on a drawn seal is too long for its place.
    SealTextTooLong "seal-text-too-long" { part: String, needed: String, available: String, excess: String } "the {part} on the seal needs {needed} mm of {available} mm, {excess} mm too much",
    /// A drawn seal cannot be so.
    SealDesignUnfit "seal-design-unfit" { fault: String } "the seal cannot be drawn: {fault}",
    /// A drawing's file is named neither .png nor .svg.
    PictureFormUnknown "picture-form-unknown" { path: String } "{path}: neither .png nor .svg",
    /// No seal in the file.
    NotASeal "not-a-seal" { path: String } "{path}: not a seal",
    /// The maker's signature does not verify.
    SealSignatureWrong "seal-signature-wrong" { path: String } "{path}: the maker's signature does not verify",
    /// The certificate is not in the seal's list.
    CertNotInSeal "cert-not-in-seal" { name: String, seal: String } "{name} is not in the list of the seal {seal}",
    /// The seal's time has not come.
    SealNotYetValid "seal-not-yet-valid" { seal: String, not_before: Time } "the seal {seal} is valid from {not_before}",
    /// The seal's time is over.
    SealExpired "seal-expired" { seal: String, not_after: Time } "the seal {seal} expired at {not_after}",
    /// The seal is suspended or cancelled.
    SealNotActive "seal-not-active" { seal: String, state: String } "the seal {seal} is {state}",
    /// The seal's state does not allow this change.
    SealStateUnfit "seal-state-unfit" { seal: String, state: String } "the seal {seal} is {state}: this change is not possible",
    /// No maker of a seal has its key here.
    NoMaker "no-maker" {} "no maker of a seal has its key in the store",
    /// No list of seal states in the file.
    NotAStatusList "not-a-status-list" { path: String } "{path}: not a list of seal states",
    /// A file that is no policy.
    PolicyUnusable "policy-unusable" { path: String, line: usize, count: usize }
        "{path}: not a usable policy ({count} faults, the first in line {line})",
    /// Neither the name of a policy nor a file.
    PolicyUnknown "policy-unknown" { name: String, known: String } "{name}: neither a policy ({known}) nor a file",
    /// A newer list is here.
    StatusListOlder "status-list-older" { path: String, time: Time } "{path}: the list of {time} is older than the one in the store",
    /// Several holders could sign.
    HolderAmbiguous "holder-ambiguous" { seal: String } "several holders of the seal {seal} have keys here",
    /// No holder of the seal has a key here.
    HolderMissing "holder-missing" { seal: String } "no holder of the seal {seal} has a key in the store",
    /// The seal cannot be made of these values.
    SealUnbuildable "seal-unbuildable" { fault: String } "the seal cannot be made: {fault}",
    // Documents.
    /// Neither PDF nor OFD.
    NotADocument "not-a-document" { path: String } "{path}: neither PDF nor OFD",
    /// No byte.
    DocumentEmpty "document-empty" { path: String } "{path}: empty",
    /// Damaged, or of a form that cannot be sealed safely.
    DocumentMalformed "document-malformed" { path: String, fault: String } "{path}: {fault}",
    /// Encrypted.
    DocumentEncrypted "document-encrypted" { path: String } "{path}: encrypted",
    /// It asks for more than a document may cost.
    DocumentTooCostly "document-too-costly" { path: String, fault: String } "{path}: {fault}",
    /// An earlier signature forbids further ones.
    DocumentLocked "document-locked" { path: String, by: String } "{path}: locked by {by}",
    /// A certification allows no new visible field.
    DocumentCertified "document-certified" { path: String } "{path}: certified, no new visible field is allowed",
    /// A further signature would break an earlier one.
    WouldBreak "would-break" { path: String, id: String } "{path}: the signature {id} would no longer hold",
    /// No sealed signature of that name, or several and none was named.
    NoSuchSignature "no-such-signature" { path: String } "{path}: no such sealed signature, or several",
    /// No empty signature field of that name.
    FieldUnknown "field-unknown" { path: String, name: String } "{path}: no empty signature field {name}",
    /// No such revision.
    RevisionUnknown "revision-unknown" { path: String, number: u64, count: u64 } "{path}: no revision {number} of {count}",
    /// No place was named.
    PlacementMissing "placement-missing" {} "no place for the seal was named",
    /// The document has no such page.
    DocumentOutOfRange "document-out-of-range" { path: String, document: u32, count: u32 } "{path}: no document {document} of {count}",
    PageOutOfRange "page-out-of-range" { path: String, page: i64, count: u32 } "{path}: no page {page} of {count}",
    /// The seal would not lie on the page.
    PositionOffPage "position-off-page" { path: String, page: u32, overhang: String }
        "{path}: on page {page} the seal would stick out by {overhang} mm",
    /// The keyword stands on none of the pages.
    KeywordMissing "keyword-missing" { path: String, text: String, pages: u32 }
        "{path}: {text} stands on none of {pages} pages",
    /// Fewer hits than that.
    HitOutOfRange "hit-out-of-range" { path: String, text: String, nth: i64, count: u32 }
        "{path}: {text} stands {count} times, there is no hit {nth}",
    /// No date line.
    DateLineMissing "date-line-missing" { path: String, pages: u32 } "{path}: no date line on {pages} pages",
    /// The seal would lie over an earlier one.
    PositionOverlaps "position-overlaps" { path: String, page: u32, id: String, width: String, height: String }
        "{path}: on page {page} the seal would lie over the signature {id} by {width} x {height} mm",
    /// A riding seal needs at least two pages.
    StraddleOnePage "straddle-one-page" { path: String } "{path}: a riding seal needs at least two pages",
    /// The strips of a riding seal would be narrower than allowed.
    StripTooNarrow "strip-too-narrow" { path: String, pages: u32, strip: String, smallest: String, most: u32 }
        "{path}: {pages} pages would share the seal, {strip} mm each, less than {smallest} mm; at most {most} may",
    /// A riding seal is longer than the edge of a page.
    StraddleTooTall "straddle-too-tall" { path: String, page: u32, seal: String, room: String }
        "{path}: the seal is {seal} mm long, the edge of page {page} {room} mm",
    /// Only a seal can be cut into strips.
    StraddleNeedsSeal "straddle-needs-seal" {} "only a seal can be cut into strips",
    // Keeping documents provable.
    /// Evidence goes into PDF documents alone.
    LevelNotForFormat "level-not-for-format" { path: String } "{path}: only PDF documents take evidence",
    /// No signature to keep.
    NothingToExtend "nothing-to-extend" { path: String } "{path}: no signature to keep",
    /// A signature fails: nothing makes it good.
    SignatureFails "signature-fails" { path: String, id: String } "{path}: the signature {id} fails",
    /// A timestamp is needed, and nobody is named who stamps.
    AuthorityMissing "authority-missing" { path: String } "{path}: a timestamp is needed, and nobody is named who stamps",
    /// No usable timestamp was had.
    TimestampRefused "timestamp-refused" { path: String, fault: String } "{path}: no timestamp: {fault}",
    /// The store's own authority does not grant what was asked for.
    TimestampNotGranted "timestamp-not-granted" { path: String, fault: String } "{path}: not granted: {fault}",
    /// No request for a timestamp.
    NotATimestampRequest "not-a-timestamp-request" { path: String, fault: String } "{path}: {fault}",
    /// Neither a timestamp nor an answer with one.
    NotATimestamp "not-a-timestamp" { path: String, fault: String } "{path}: {fault}",
    /// No signature of that name with a value that can be stamped.
    ValueUnknown "value-unknown" { path: String, id: String } "{path}: no signature {id} whose value can be stamped",
    /// No path to a trust anchor.
    PathWanting "path-wanting" { path: String, subject: String } "{path}: no path to a trust anchor for {subject}",
    /// No evidence of revocation of a certificate that names a source of it.
    EvidenceWanting "evidence-wanting" { path: String, subject: String } "{path}: no evidence of revocation for {subject}",
    // Taking a seal off again.
    /// No seal or signature to take off.
    NothingToUnseal "nothing-to-unseal" { path: String } "{path}: no seal or signature",
    /// The file is not as a sealing of this store left it.
    SealNotLast "seal-not-last" { path: String } "{path}: not as a sealing of this store left it",
    /// What was sealed cannot be restored.
    RevisionLost "revision-lost" { path: String } "{path}: what was sealed cannot be restored byte for byte",
    // The result.
    /// The fresh result does not verify.
    ResultCheck "result-check" { path: String, fault: String } "{path}: the result does not verify: {fault}",
    // The machine.
    /// No randomness.
    RandomFailed "random-failed" {} "the system gave no random bytes",
    /// No timestamp, and none was not to be done without.
    TimestampFailed "timestamp-failed" { path: String, fault: String } "{path}: no timestamp: {fault}",
    /// The key could not sign.
    SigningFailed "signing-failed" {} "the key could not sign",
    /// A fault of this program.
    Internal "internal" { fault: String } "a fault of eseal: {fault}",
}

#[cfg(test)]
mod tests {
    use crate::operations::{OperationError, Reason};

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn an_error_tells_its_values() {
        let error = OperationError::StoreTooOpen { path: "s".to_owned(), mode: "755".to_owned() };
        assert_eq!(error.reason().name(), "store-too-open");
        assert_eq!(error.reason().arguments(), ["path", "mode"]);
        assert_eq!(error.arguments(), [("path", "s".to_owned()), ("mode", "755".to_owned())]);
        assert_eq!(error.to_string(), "s: others can reach it (mode 755)");
    }
}
