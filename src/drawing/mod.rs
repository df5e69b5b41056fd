//! A picture independent of any format.
