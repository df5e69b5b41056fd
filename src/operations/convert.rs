//! Errors of the lower rooms as reasons of an operation.

use crate::crypto::SignError;
use crate::crypto::protect::ProtectionKind;
use crate::files::{OutputError, ReadError, SecretError};
use crate::operations::OperationError;
use crate::pki::build::IssueError;
use crate::store::StoreError;

fn text(path: &std::path::Path) -> String {
    path.display().to_string()
}

impl From<ReadError> for OperationError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound { path } => OperationError::FileNotFound { path: text(&path) },
            ReadError::NotReadable { path } => OperationError::FileNotReadable { path: text(&path) },
            ReadError::IsDirectory { path } => OperationError::FileIsFolder { path: text(&path) },
            ReadError::NotRegular { path } => OperationError::FileNotRegular { path: text(&path) },
            ReadError::TooLarge { path, limit } => OperationError::FileTooLarge { path: text(&path), limit },
            ReadError::Io { path, source } => {
                OperationError::FileFault { path: text(&path), fault: source.to_string() }
            }
        }
    }
}

impl From<OutputError> for OperationError {
    fn from(error: OutputError) -> Self {
        match error {
            OutputError::Exists { path } => OperationError::OutputExists { path: text(&path) },
            OutputError::FolderMissing { path } => OperationError::OutputFolderMissing { path: text(&path) },
            OutputError::NotWritable { path } => OperationError::OutputNotWritable { path: text(&path) },
            OutputError::Full { path } => OperationError::OutputFull { path: text(&path) },
            OutputError::SameAsInput { path } => OperationError::OutputIsInput { path: text(&path) },
            OutputError::NotRegular { path } => OperationError::OutputNotRegular { path: text(&path) },
            OutputError::Disturbed { path } => OperationError::OutputDisturbed { path: text(&path) },
            OutputError::Io { path, source } => {
                OperationError::OutputFault { path: text(&path), fault: source.to_string() }
            }
        }
    }
}

impl From<SecretError> for OperationError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Read(error) => error.into(),
            SecretError::TooOpen { path, mode } => {
                OperationError::SecretTooOpen { path: text(&path), mode: format!("{mode:03o}") }
            }
            SecretError::Empty => OperationError::SecretEmpty {},
            SecretError::TooLong => OperationError::SecretTooLong {},
            SecretError::NotAKeyFile { path } => OperationError::NotAKeyFile { path: text(&path) },
            SecretError::Exists { path } => OperationError::OutputExists { path: text(&path) },
            SecretError::Write { path, source } => OutputError::new(&path, source).into(),
            SecretError::Descriptor { number } => OperationError::DescriptorUnreadable { number },
            SecretError::Variable { name } => OperationError::VariableMissing { name },
        }
    }
}

impl From<StoreError> for OperationError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { path } => OperationError::StoreMissing { path: text(&path) },
            StoreError::Exists { path } => OperationError::StoreExists { path: text(&path) },
            StoreError::NotAStore { path } => OperationError::NotAStore { path: text(&path) },
            StoreError::ForeignOwner { path, owner } => OperationError::StoreForeignOwner { path: text(&path), owner },
            StoreError::TooOpen { path, mode } => {
                OperationError::StoreTooOpen { path: text(&path), mode: format!("{mode:03o}") }
            }
            StoreError::Newer { found, known } => OperationError::StoreNewer { found, known },
            StoreError::Locked => OperationError::StoreLocked {},
            StoreError::Full => OperationError::StoreFull {},
            StoreError::NotWritable => OperationError::StoreNotWritable {},
            StoreError::WrongSecret => OperationError::WrongSecret {},
            StoreError::OtherSecret { needed: ProtectionKind::KeyFile } => OperationError::KeyFileNeeded {},
            StoreError::OtherSecret { needed: ProtectionKind::Passphrase } => OperationError::KeyFileUnfit {},
            StoreError::NameTaken { name } => OperationError::NameTaken { name: name.to_string() },
            StoreError::Unknown { name } => OperationError::CertUnknown { name: name.to_string() },
            StoreError::SealInactive { seal, state } => {
                OperationError::SealNotActive { seal: seal.to_string(), state: state.word().to_owned() }
            }
            StoreError::NoKey { name } => OperationError::KeyMissing { name: name.to_string() },
            StoreError::ClockBehind { now, last } => OperationError::ClockBehind { now, last },
            StoreError::Trail(fault) => OperationError::TrailDamaged { fault: fault.to_string() },
            StoreError::Damaged | StoreError::Key(_) | StoreError::Entry(_) => OperationError::StoreDamaged {},
            other => OperationError::StoreFault { fault: other.to_string() },
        }
    }
}

impl From<SignError> for OperationError {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Random => OperationError::RandomFailed {},
            SignError::Device => OperationError::TokenFailed {},
            _ => OperationError::SigningFailed {},
        }
    }
}

impl From<IssueError> for OperationError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Sign(error) => error.into(),
            IssueError::Random => OperationError::RandomFailed {},
            other => OperationError::Internal { fault: other.to_string() },
        }
    }
}
