//! The result of a verification as plain data.
