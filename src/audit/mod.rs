//! The hash-chained trail of acts.
