//! Policies by name and as files.

use std::path::{Path, PathBuf};

use crate::files::read_small;
use crate::operations::OperationError;
use crate::policy::{Fault, POLICY_BYTES, Policy};

/// A file that was read as a policy.
#[derive(Clone, Debug)]
pub struct CheckedPolicy {
    /// The file.
    pub path: PathBuf,
    /// What it says, or everything that is wrong with it.
    pub policy: Result<Policy, Vec<Fault>>,
}

/// The policy of a name that the program knows, else of a file.
///
/// # Errors
/// [`OperationError::PolicyUnknown`] for what is neither, [`OperationError::PolicyUnusable`] for a file that is no policy.
pub fn find_policy(name: &str) -> Result<Policy, OperationError> {
    if let Some(policy) = Policy::named(name) {
        return Ok(policy);
    }
    let checked = match check_policy(Path::new(name)) {
        Err(OperationError::FileNotFound { .. }) => {
            return Err(OperationError::PolicyUnknown { name: name.to_owned(), known: Policy::NAMES.join(", ") });
        }
        other => other?,
    };
    checked.policy.map_err(|faults| OperationError::PolicyUnusable {
        path: name.to_owned(),
        line: faults.iter().map(|fault| fault.line).find(|line| *line > 0).unwrap_or(1),
        count: faults.len(),
    })
}

/// Reads a file as a policy.
///
/// # Errors
/// [`OperationError`] when the file cannot be read or is larger than any policy.
pub fn check_policy(path: &Path) -> Result<CheckedPolicy, OperationError> {
    let bytes = read_small(path, POLICY_BYTES as u64)?;
    Ok(CheckedPolicy { path: path.to_path_buf(), policy: Policy::from_bytes(&bytes) })
}
