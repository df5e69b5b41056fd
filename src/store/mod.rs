//! Keys, certificates, seals, anchors, revocation lists and the audit trail, kept.
