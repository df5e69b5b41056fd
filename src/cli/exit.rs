//! The exit status is an interface: one enum, one table.

use crate::operations::Reason;
use crate::report::Indication;

/// Exit status of the program, as the manual lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done; for verify: TOTAL-PASSED.
    Done = 0,
    /// At least one TOTAL-FAILED.
    Failed = 1,
    /// The command line alone shows it to be wrong.
    Usage = 2,
    /// None failed, at least one INDETERMINATE.
    Indeterminate = 3,
    /// No signature, and no trace of one.
    NoSignature = 4,
    /// An input cannot be used.
    Input = 5,
    /// File, store or network.
    Place = 6,
    /// Refused by state or policy.
    Refused = 7,
    /// A fault in eseal itself.
    Fault = 70,
}

impl Exit {
    /// All, in the order of the manual.
    pub const ALL: [Exit; 9] = [
        Exit::Done,
        Exit::Failed,
        Exit::Usage,
        Exit::Indeterminate,
        Exit::NoSignature,
        Exit::Input,
        Exit::Place,
        Exit::Refused,
        Exit::Fault,
    ];

    /// The number.
    #[must_use]
    pub fn status(self) -> u8 {
        self as u8
    }

    /// From the number that a report carries; anything else is a fault.
    #[must_use]
    pub fn from_status(status: u8) -> Self {
        Exit::ALL.into_iter().find(|exit| exit.status() == status).unwrap_or(Exit::Fault)
    }

    /// The worse of two files' results: 70, 6, 5, 7, 1, 4, 3, 0. Wrong usage stops before any file.
    #[must_use]
    pub fn worst(self, other: Exit) -> Exit {
        let rank = |exit: Exit| match exit {
            Exit::Done => 0,
            Exit::Indeterminate => 1,
            Exit::NoSignature => 2,
            Exit::Failed => 3,
            Exit::Refused => 4,
            Exit::Input => 5,
            Exit::Place => 6,
            Exit::Usage => 7,
            Exit::Fault => 8,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Indication> for Exit {
    fn from(indication: Indication) -> Self {
        match indication {
            Indication::TotalPassed => Exit::Done,
            Indication::TotalFailed => Exit::Failed,
            Indication::Indeterminate => Exit::Indeterminate,
            Indication::NoSignature => Exit::NoSignature,
            Indication::Refused => Exit::Input,
        }
    }
}

/// Every reason with its exit: each stands in one row.
const EXITS: [(Exit, &[Reason]); 5] = [
    // What the command line alone shows to be wrong.
    (
        Exit::Usage,
        &[
            Reason::OutputIsInput,
            Reason::OutputForSeveral,
            Reason::FormatUnfit,
            Reason::NameUnfit,
            Reason::TokenUriUnfit,
            Reason::TokenUriPin,
            Reason::SubjectMalformed,
            Reason::StraddleNeedsSeal,
            Reason::PlacementMissing,
            Reason::CharactersLacking,
            Reason::SealTextTooLong,
            Reason::SealDesignUnfit,
            Reason::PictureFormUnknown,
        ],
    ),
    // An input that cannot be used.
    (
        Exit::Input,
        &[
            Reason::FileTooLarge,
            Reason::SecretEmpty,
            Reason::SecretTooLong,
            Reason::NotAKeyFile,
            Reason::NotACertificate,
            Reason::NotAKey,
            Reason::NotARevocationList,
            Reason::KeyMismatch,
            Reason::PasswordNeeded,
            Reason::PasswordWrong,
            Reason::ImportUnusable,
            Reason::PictureUnusable,
            Reason::FontUnusable,
            Reason::NotASeal,
            Reason::SealSignatureWrong,
            Reason::NotAStatusList,
            Reason::PolicyUnusable,
            Reason::NotADocument,
            Reason::NotATimestampRequest,
            Reason::NotATimestamp,
            Reason::DocumentEmpty,
            Reason::DocumentMalformed,
            Reason::DocumentEncrypted,
            Reason::DocumentTooCostly,
        ],
    ),
    // Files, the store, the system.
    (
        Exit::Place,
        &[
            Reason::FileNotFound,
            Reason::PolicyUnknown,
            Reason::FileNotReadable,
            Reason::FileIsFolder,
            Reason::FileNotRegular,
            Reason::FileFault,
            Reason::OutputExists,
            Reason::OutputFolderMissing,
            Reason::OutputNotWritable,
            Reason::OutputFull,
            Reason::OutputNotRegular,
            Reason::OutputDisturbed,
            Reason::OutputFault,
            Reason::SecretTooOpen,
            Reason::DescriptorUnreadable,
            Reason::VariableMissing,
            Reason::StoreMissing,
            Reason::StoreExists,
            Reason::NotAStore,
            Reason::StoreForeignOwner,
            Reason::StoreTooOpen,
            Reason::StoreNewer,
            Reason::StoreLocked,
            Reason::StoreFull,
            Reason::StoreNotWritable,
            Reason::StoreDamaged,
            Reason::StoreFault,
            Reason::StoreUnnamed,
            Reason::TrailDamaged,
            Reason::RandomFailed,
            Reason::TokenModule,
            Reason::TokenAbsent,
            Reason::TokenFault,
            Reason::TokenFailed,
            Reason::TimestampFailed,
        ],
    ),
    // Refused by state or policy.
    (
        Exit::Refused,
        &[
            Reason::PassphraseNeeded,
            Reason::PassphrasesDiffer,
            Reason::KeyFileNeeded,
            Reason::KeyFileUnfit,
            Reason::WrongSecret,
            Reason::ClockBehind,
            Reason::NameTaken,
            Reason::CertUnknown,
            Reason::CaUnknown,
            Reason::SealUnknown,
            Reason::AnchorUnknown,
            Reason::AnchorAmbiguous,
            Reason::AnchorKnown,
            Reason::EvidenceUnknown,
            Reason::EvidenceAmbiguous,
            Reason::EvidenceFull,
            Reason::KeyMissing,
            Reason::TokenUnsupported,
            Reason::TokenKeyAbsent,
            Reason::PinNeeded,
            Reason::PinWrong,
            Reason::PinLocked,
            Reason::KeyPasswordWrong,
            Reason::ValidityOutside,
            Reason::CertNotYetValid,
            Reason::CertExpired,
            Reason::CertRevoked,
            Reason::NotAMaker,
            Reason::NotASigner,
            Reason::NotATsa,
            Reason::NotIssuedHere,
            Reason::CertNotInSeal,
            Reason::SealNotYetValid,
            Reason::SealExpired,
            Reason::SealNotActive,
            Reason::SealStateUnfit,
            Reason::NoMaker,
            Reason::StatusListOlder,
            Reason::HolderAmbiguous,
            Reason::SealUnbuildable,
            Reason::DocumentLocked,
            Reason::DocumentOutOfRange,
            Reason::DocumentCertified,
            Reason::PageOutOfRange,
            Reason::FieldUnknown,
            Reason::RevisionUnknown,
            Reason::HolderMissing,
            Reason::WouldBreak,
            Reason::LevelNotForFormat,
            Reason::NothingToExtend,
            Reason::NothingToUnseal,
            Reason::SealNotLast,
            Reason::RevisionLost,
            Reason::SignatureFails,
            Reason::AuthorityMissing,
            Reason::TimestampRefused,
            Reason::TimestampNotGranted,
            Reason::ValueUnknown,
            Reason::PathWanting,
            Reason::EvidenceWanting,
            Reason::NoSuchSignature,
            Reason::StraddleOnePage,
            Reason::StripTooNarrow,
            Reason::StraddleTooTall,
            Reason::PositionOffPage,
            Reason::PositionOverlaps,
            Reason::KeywordMissing,
            Reason::HitOutOfRange,
            Reason::DateLineMissing,
        ],
    ),
    // Faults of ours.
    (Exit::Fault, &[Reason::KeyUnusable, Reason::ResultCheck, Reason::SigningFailed, Reason::Internal]),
];

impl From<Reason> for Exit {
    fn from(reason: Reason) -> Self {
        EXITS.iter().find(|(_, reasons)| reasons.contains(&reason)).map_or(Exit::Fault, |(exit, _)| *exit)
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::Exit;
    use crate::cli::exit::EXITS;
    use crate::operations::Reason;

    #[test]
    fn every_reason_has_one_exit() {
        for reason in Reason::ALL {
            let count: usize = EXITS.iter().map(|(_, of)| of.iter().filter(|one| *one == reason).count()).sum();
            assert_eq!(count, 1, "{reason:?}");
        }
    }

    #[test]
    fn the_worst_of_several_files_has_a_fixed_order() {
        let order = [70, 6, 5, 7, 1, 4, 3, 0].map(Exit::from_status);
        for pair in order.windows(2) {
            assert_eq!(pair[0].worst(pair[1]), pair[0]);
            assert_eq!(pair[1].worst(pair[0]), pair[0]);
        }
    }

    #[test]
    fn numbers_are_fixed() {
        assert_eq!(Exit::ALL.map(Exit::status), [0, 1, 2, 3, 4, 5, 6, 7, 70]);
    }
}
