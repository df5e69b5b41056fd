//! One function for each thing a user can ask. Every act leaves its record in the trail.

mod error;

pub use error::{OperationError, Reason};
