//! HTTP for revocation lists, OCSP responses, certificates of issuers and timestamps.
//!
//! The URLs come from certificates, so from strangers. [`HttpFetch`] asks only http and https; a name is resolved once,
//! every address that it leads to is judged by [`Reach`], and the connection goes to just these addresses, so that a
//! second answer of the name server changes nothing. There are no cookies, no credentials, no proxies (not those of the
//! environment either), no compression, and no redirects to other hosts. Size and time are limited by the caller.

mod addresses;
mod exchange;

pub use addresses::{Names, Reach, SystemNames};

use std::sync::Arc;
use std::time::Instant;

use ureq::http::Uri;

use crate::net::addresses::resolve;
use crate::net::exchange::{Answer, Deadline, Question, exchange};
use crate::pki::{Fetch, FetchError, FetchLimits};

/// Most redirects that are followed, each to the same host.
const REDIRECTS: u32 = 3;

/// Asks over HTTP/1.1.
#[derive(Clone, Debug)]
pub struct HttpFetch {
    reach: Reach,
    names: Arc<dyn Names>,
}

impl HttpFetch {
    /// With the name service of the system.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        HttpFetch::with_names(reach, Arc::new(SystemNames))
    }

    /// With another source of addresses.
    #[must_use]
    pub fn with_names(reach: Reach, names: Arc<dyn Names>) -> Self {
        HttpFetch { reach, names }
    }

    fn ask(&self, url: &str, body: Option<(&str, &[u8])>, limits: &FetchLimits) -> Result<Vec<u8>, FetchError> {
        let deadline = Deadline { start: Instant::now(), limits: *limits };
        let mut at = target(url)?;
        for _ in 0..=REDIRECTS {
            let addresses = resolve(&at, &self.reach, &self.names, &deadline)?;
            match exchange(&Question { uri: &at, body, addresses }, &deadline)? {
                Answer::Content(content) => return Ok(content),
                Answer::Redirect(to) => at = followed(&at, &to)?,
            }
        }
        Err(FetchError::Redirected { to: at.to_string() })
    }
}

impl Fetch for HttpFetch {
    fn get(&self, url: &str, limits: &FetchLimits) -> Result<Vec<u8>, FetchError> {
        self.ask(url, None, limits)
    }

    fn post(&self, url: &str, content_type: &str, body: &[u8], limits: &FetchLimits) -> Result<Vec<u8>, FetchError> {
        self.ask(url, Some((content_type, body)), limits)
    }
}

/// A URL that may be asked: http or https, a host, no user name.
fn target(url: &str) -> Result<Uri, FetchError> {
    let (scheme, _) = url.split_once(':').ok_or(FetchError::Url)?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return Err(FetchError::Scheme { scheme });
    }
    let uri: Uri = url.parse().map_err(|_| FetchError::Url)?;
    // `http:` alone would be read as a host of that name.
    let authority = uri.scheme().and(uri.authority()).ok_or(FetchError::Url)?;
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return Err(FetchError::Url);
    }
    Ok(uri)
}

/// The place to which a server redirects: the same host, and never back from https.
fn followed(from: &Uri, to: &str) -> Result<Uri, FetchError> {
    let refused = || FetchError::Redirected { to: to.to_owned() };
    let path = to.starts_with('/') && !to.starts_with("//");
    let next = match (path, from.scheme_str(), from.authority()) {
        (true, Some(scheme), Some(authority)) => target(&format!("{scheme}://{authority}{to}")),
        _ => target(to),
    };
    let next = next.map_err(|_| refused())?;
    let same_host = next.host().map(str::to_ascii_lowercase) == from.host().map(str::to_ascii_lowercase);
    let weaker = from.scheme_str() == Some("https") && next.scheme_str() != Some("https");
    if same_host && !weaker { Ok(next) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use crate::net::{followed, target};
    use crate::pki::FetchError;

    #[test]
    fn only_plain_http_urls_are_asked() {
        for url in
            ["http://ca.example/a.crl", "HTTP://ca.example:8080", "https://ca.example/?a=b", "http://[2001:4860::1]/"]
        {
            assert!(target(url).is_ok(), "{url}");
        }
        for url in ["ldap://ca.example/cn=a", "file:///etc/passwd", "ftp://ca.example/a", "gopher://x", "jar:http://x/"]
        {
            assert!(matches!(target(url), Err(FetchError::Scheme { .. })), "{url}");
        }
        for url in [
            "",
            "ca.example",
            "/a.crl",
            "http:",
            "http://",
            "http:///a",
            "http://u:p@ca.example/",
            "http://a b/",
            "http://a\r\nb/",
        ] {
            assert!(matches!(target(url), Err(FetchError::Url)), "{url}");
        }
    }

    #[test]
    fn a_redirect_stays_with_its_host() {
        let from = target("https://ca.example/a").unwrap();
        for (to, expected) in [
            ("/b", Some("https://ca.example/b")),
            ("https://CA.example/b", Some("https://CA.example/b")),
            ("https://ca.example:8443/b", Some("https://ca.example:8443/b")),
            ("http://ca.example/b", None),
            ("https://other.example/b", None),
            ("//other.example/b", None),
            ("https://ca.example@other.example/b", None),
            ("https://ca.example.other.example/", None),
            ("http://169.254.169.254/latest", None),
            ("file:///etc/passwd", None),
            ("b", None),
            ("", None),
        ] {
            assert_eq!(followed(&from, to).ok().map(|uri| uri.to_string()).as_deref(), expected, "{to}");
        }
        let plain = target("http://ca.example/a").unwrap();
        assert!(followed(&plain, "https://ca.example/a").is_ok());
    }
}
