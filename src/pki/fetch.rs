//! What may be asked of the network, as seen by those who need an answer: timestamps, lists, OCSP responses,
//! certificates of issuers. Who opens a socket implements [`Fetch`]; everybody else takes it as `&dyn Fetch`.
//!
//! URLs come from certificates and from documents, so from strangers: the implementation decides what it will not
//! touch, and says so by [`FetchError`].

use std::io::ErrorKind;
use std::time::Duration;

/// What one answer may cost. The defaults are those of the threat model: 1 MiB, 10 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// Largest answer, in bytes.
    pub bytes: u64,
    /// Longest wait for a connection, name and handshake included.
    pub connect: Duration,
    /// Longest time for the whole, connection included.
    pub whole: Duration,
}

impl Default for FetchLimits {
    fn default() -> Self {
        FetchLimits { bytes: 1 << 20, connect: Duration::from_secs(5), whole: Duration::from_secs(10) }
    }
}

/// Asks a server over HTTP (RFC 9110). What comes back is bytes of a stranger: nothing of it is believed.
pub trait Fetch {
    /// The content at a URL.
    ///
    /// # Errors
    /// [`FetchError`].
    fn get(&self, url: &str, limits: &FetchLimits) -> Result<Vec<u8>, FetchError>;

    /// The answer to a question (RFC 6960 A.1, RFC 3161 3.4), which is of the type `content_type`.
    ///
    /// # Errors
    /// [`FetchError`].
    fn post(&self, url: &str, content_type: &str, body: &[u8], limits: &FetchLimits) -> Result<Vec<u8>, FetchError>;
}

/// What URLs are asked through: the two differ in whom they may reach.
#[derive(Clone, Copy)]
pub struct Network<'a> {
    /// For URLs out of certificates and documents, which strangers wrote.
    pub strangers: &'a dyn Fetch,
    /// For URLs that the operator named.
    pub named: &'a dyn Fetch,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No URL, or one with a user name or password in it.
    #[error("the URL is malformed or holds credentials")]
    Url,
    /// A scheme that is never used, such as ldap or file.
    #[error("only http and https are asked, not {scheme}")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// The name leads to an address that is not a public one: of this machine, of a private network, and the like.
    #[error("{host} leads to {address}, which is no public address")]
    Address {
        /// Name or address in the URL.
        host: String,
        /// The address that was found.
        address: String,
    },
    /// The name is not known.
    #[error("{host} is not known")]
    HostUnknown {
        /// The name.
        host: String,
    },
    /// A redirect to another host, back from https to http, or one too many.
    #[error("redirected to {to}, which is not followed")]
    Redirected {
        /// Where to.
        to: String,
    },
    /// The server answered with a status that is no success.
    #[error("the server answered with status {status}")]
    Status {
        /// HTTP status.
        status: u16,
    },
    /// The answer is larger than allowed.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// What is allowed.
        limit: u64,
    },
    /// It took too long.
    #[error("no answer within {} s", limit.as_secs_f32())]
    TimedOut {
        /// What is allowed.
        limit: Duration,
    },
    /// The connection failed or broke.
    #[error("the connection failed: {kind}")]
    Connection {
        /// What the system says.
        kind: ErrorKind,
    },
    /// The server could not prove who it is, or speaks no TLS that is accepted.
    #[error("TLS: {fault}")]
    Tls {
        /// What is wrong.
        fault: String,
    },
    /// The answer is no proper HTTP.
    #[error("the answer is no proper HTTP")]
    Protocol,
    /// The answer is of another kind than asked for, such as a web page.
    #[error("the answer is {found}")]
    Content {
        /// Its content type or encoding.
        found: String,
    },
    /// As many questions as may be asked for one document have been asked.
    #[error("not asked: more than {allowed} questions to the network")]
    TooMany {
        /// What is allowed.
        allowed: u32,
    },
    /// So much time went by for one document that nobody else is asked.
    #[error("not asked: {} s have gone by for this document", allowed.as_secs())]
    OutOfTime {
        /// What is allowed.
        allowed: Duration,
    },
}
