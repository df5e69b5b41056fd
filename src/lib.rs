//! `eseal` issues, applies and verifies electronic seals and reliable electronic signatures on PDF and OFD documents.

pub mod audit;
pub mod cli;
pub mod container;
pub mod crypto;
pub mod drawing;
pub mod files;
pub mod geometry;
pub mod limits;
pub mod ofd;
pub mod operations;
pub mod pdf;
pub mod pki;
pub mod policy;
pub mod report;
pub mod seal;
pub mod sign;
pub mod signature;
pub mod source;
pub mod store;
pub mod time;
pub mod verify;
