//! The result of judging one certificate path.

use serde_json::{Value, json};

use crate::report::json::findings;
use crate::report::{Describe, Finding, Indication, PolicyUsed};
use crate::time::Time;

/// One certificate judged.
#[derive(Clone, Debug)]
pub struct CertificateReport {
    /// Name of the file as the user gave it.
    pub file: String,
    /// Subject of the certificate.
    pub subject: String,
    /// The time at which it is judged.
    pub validation_time: Time,
    /// The rules by which it is judged.
    pub policy: PolicyUsed,
    /// Verdict.
    pub indication: Indication,
    /// Exit status that a program returns for it.
    pub exit_status: u8,
    /// What is wrong, and what is worth telling.
    pub findings: Vec<Finding>,
    /// Certificates of the best path, the one asked about first, as far as it goes.
    pub path: Vec<CertificateStatus>,
    /// Subject of the anchor that was reached.
    pub anchor: Option<String>,
    /// Certificate policies that hold on the whole path, dotted; `2.5.29.32.0` for any.
    pub policies: Vec<String>,
}

/// A certificate of the path and what is known of its revocation.
#[derive(Clone, Debug)]
pub struct CertificateStatus {
    /// Its subject.
    pub subject: String,
    /// `good`, `revoked`, `unknown`, `not-published` or `anchor`.
    pub revocation: &'static str,
    /// Since when it is revoked.
    pub revoked_at: Option<Time>,
}

impl CertificateReport {
    /// The object that `cert verify --format json` prints on one line.
    #[must_use]
    pub fn to_json(&self, describe: Describe<'_>) -> Value {
        let status = |one: &CertificateStatus| {
            let at = one.revoked_at.map(|time| time.to_string());
            json!({ "subject": one.subject, "revocation": one.revocation, "revoked_at": at })
        };
        json!({
            "schema": "eseal-certificate/1",
            "file": self.file,
            "subject": self.subject,
            "validation_time": self.validation_time.to_string(),
            "policy": { "name": self.policy.name, "sha256": self.policy.sha256, "loosened": self.policy.loosened },
            "exit_status": self.exit_status,
            "indication": self.indication.name(),
            "findings": findings(&self.findings, describe),
            "path": self.path.iter().map(status).collect::<Vec<_>>(),
            "anchor": self.anchor,
            "policies": self.policies,
        })
    }
}
