//! SESeal of three standards: issue, read, check.
