//! One request and its answer, to addresses that are known.

use std::io::{ErrorKind, Read};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::{Response, Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Error, Timeout};

use crate::pki::{FetchError, FetchLimits};

/// Largest header of an answer.
const HEADER_BYTES: usize = 16 << 10;

/// When all has to be over.
pub(super) struct Deadline {
    pub(super) start: Instant,
    pub(super) limits: FetchLimits,
}

impl Deadline {
    /// What is left of the whole time.
    fn left(&self) -> Result<Duration, FetchError> {
        let left = self.limits.whole.checked_sub(self.start.elapsed()).filter(|left| !left.is_zero());
        left.ok_or(FetchError::TimedOut { limit: self.limits.whole })
    }

    /// What is left of the time for a connection.
    pub(super) fn to_connect(&self) -> Result<Duration, FetchError> {
        Ok(self.left()?.min(self.limits.connect))
    }

    /// That a connection took too long.
    pub(super) fn passed(&self) -> FetchError {
        FetchError::TimedOut { limit: self.limits.connect.min(self.limits.whole) }
    }
}

/// What is asked, and of whom.
pub(super) struct Question<'a> {
    pub(super) uri: &'a Uri,
    /// Content type and content of a POST; a GET without.
    pub(super) body: Option<(&'a str, &'a [u8])>,
    pub(super) addresses: Vec<SocketAddr>,
}

/// What came back.
pub(super) enum Answer {
    Content(Vec<u8>),
    Redirect(String),
}

pub(super) fn exchange(question: &Question<'_>, deadline: &Deadline) -> Result<Answer, FetchError> {
    let pinned = Pinned(question.addresses.clone());
    let agent = Agent::with_parts(config(question.uri, deadline)?, DefaultConnector::default(), pinned);
    let sent = match question.body {
        None => agent.get(question.uri).call(),
        Some((content_type, body)) => agent.post(question.uri).content_type(content_type).send(body),
    };
    let response = sent.map_err(|fault| told(fault, deadline))?;
    let status = response.status();
    let may_redirect = if question.body.is_none() { &[301, 302, 303, 307, 308][..] } else { &[307, 308][..] };
    if may_redirect.contains(&status.as_u16()) {
        return field(&response, &header::LOCATION)
            .map(Answer::Redirect)
            .ok_or(FetchError::Status { status: status.as_u16() });
    }
    if status.as_u16() != 200 {
        return Err(FetchError::Status { status: status.as_u16() });
    }
    content(response, deadline).map(Answer::Content)
}

fn content(mut response: Response<Body>, deadline: &Deadline) -> Result<Vec<u8>, FetchError> {
    // Nothing was offered to the server but the content as it is.
    if let Some(found) = field(&response, &header::CONTENT_ENCODING).filter(|one| !one.eq_ignore_ascii_case("identity"))
    {
        return Err(FetchError::Content { found });
    }
    // Types of lists and certificates vary from server to server; a web page is none of them.
    let kind = field(&response, &header::CONTENT_TYPE).unwrap_or_default();
    if ["text/html", "application/xhtml"].iter().any(|page| kind.to_ascii_lowercase().starts_with(page)) {
        return Err(FetchError::Content { found: kind });
    }
    let limit = deadline.limits.bytes;
    let too_large = FetchError::TooLarge { limit };
    if response.body().content_length().is_some_and(|length| length > limit) {
        return Err(too_large);
    }
    let mut content = Vec::new();
    let read = response.body_mut().as_reader().take(limit.saturating_add(1)).read_to_end(&mut content);
    read.map_err(|fault| told(Error::from(fault), deadline))?;
    if content.len() as u64 > limit { Err(too_large) } else { Ok(content) }
}

/// A field of a header in readable characters, cut to what a report can show.
fn field(response: &Response<Body>, name: &header::HeaderName) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.chars().take(2_048).collect())
}

fn config(uri: &Uri, deadline: &Deadline) -> Result<Config, FetchError> {
    let mut config = Config::builder()
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent("eseal")
        .accept("*/*")
        .accept_encoding("identity")
        .max_response_header_size(HEADER_BYTES)
        .max_idle_connections(0)
        .timeout_global(Some(deadline.left()?))
        .timeout_connect(Some(deadline.to_connect()?));
    if uri.scheme_str() == Some("https") {
        config = config.tls_config(tls()?);
    }
    Ok(config.build())
}

/// With the certificates that this machine trusts: they guard the way, and what comes over it is judged by itself.
fn tls() -> Result<TlsConfig, FetchError> {
    static ROOTS: OnceLock<Arc<Vec<Certificate<'static>>>> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs().certs;
        Arc::new(found.iter().map(|der| Certificate::from_der(der).to_owned()).collect())
    });
    if roots.is_empty() {
        return Err(FetchError::Tls { fault: "this machine trusts no certificates for TLS".to_owned() });
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder().provider(TlsProvider::Rustls).root_certs(RootCerts::Specific(Arc::clone(roots)));
    Ok(tls.unversioned_rustls_crypto_provider(provider).build())
}

fn told(fault: Error, deadline: &Deadline) -> FetchError {
    match fault {
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => deadline.passed(),
        Error::Timeout(_) => FetchError::TimedOut { limit: deadline.limits.whole },
        Error::Io(fault) => match fault.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(tls) => FetchError::Tls { fault: tls.to_string() },
            None if fault.kind() == ErrorKind::TimedOut => FetchError::TimedOut { limit: deadline.limits.whole },
            None => FetchError::Connection { kind: fault.kind() },
        },
        Error::Rustls(fault) => FetchError::Tls { fault: fault.to_string() },
        Error::Tls(fault) => FetchError::Tls { fault: fault.to_owned() },
        Error::ConnectionFailed => FetchError::Connection { kind: ErrorKind::NotConnected },
        Error::BadUri(_) => FetchError::Url,
        _ => FetchError::Protocol,
    }
}

/// Addresses that were judged: nothing is asked of a name server any more.
#[derive(Debug)]
struct Pinned(Vec<SocketAddr>);

impl Resolver for Pinned {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        // The list holds sixteen, more than are ever kept.
        self.0.iter().take(16).for_each(|address| addresses.push(*address));
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}
