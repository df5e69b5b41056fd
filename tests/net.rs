//! The room `net` against servers that mean no good, on the loopback interface.
#![allow(missing_docs, unreachable_pub, dead_code, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/http.rs"]
mod http;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use eseal::net::{HttpFetch, Names, Reach};
use eseal::pki::{Fetch, FetchError, FetchLimits};

use crate::http::{Asked, Server, answer};

/// Small, so that what takes too long ends soon.
fn limits() -> FetchLimits {
    let time = Duration::from_millis(700);
    FetchLimits { bytes: 64 << 10, connect: time, whole: time }
}

/// Time enough for what should arrive.
fn patient() -> FetchLimits {
    FetchLimits { bytes: 64 << 10, connect: Duration::from_secs(20), whole: Duration::from_secs(20) }
}

fn get(server: &Server, path: &str, limits: &FetchLimits) -> Result<Vec<u8>, FetchError> {
    HttpFetch::new(Reach::Only(vec![server.address])).get(&server.url(path), limits)
}

#[test]
fn what_is_asked_carries_nothing_of_this_machine() {
    let server = Server::start(|asked, stream| answer(stream, "200 OK", &[], &asked.body));
    let fetch = HttpFetch::new(Reach::Only(vec![server.address]));
    assert_eq!(fetch.get(&server.url("/a.crl?x=1"), &patient()).unwrap(), b"");
    let echoed = fetch.post(&server.url("/tsa"), "application/timestamp-query", b"question", &patient()).unwrap();
    assert_eq!(echoed, b"question");
    let asked = server.asked();
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("GET", "/a.crl?x=1"));
    assert_eq!((asked[1].method.as_str(), asked[1].path.as_str()), ("POST", "/tsa"));
    assert_eq!(asked[1].field("content-type"), Some("application/timestamp-query"));
    let harmless = ["host", "user-agent", "accept", "accept-encoding", "content-type", "content-length", "connection"];
    for (name, value) in asked.iter().flat_map(|one| &one.fields) {
        assert!(harmless.contains(&name.as_str()), "{name}: {value}");
    }
    assert_eq!(asked[0].field("accept-encoding"), Some("identity"));
}

#[test]
fn a_hostile_server_gets_nowhere() {
    let server = Server::start(hostile);
    let content = |found: &str| FetchError::Content { found: found.to_owned() };
    let redirected = |to: &str| FetchError::Redirected { to: to.to_owned() };
    let status = |status: u16| FetchError::Status { status };
    let late = FetchError::TimedOut { limit: limits().whole };
    let large = FetchError::TooLarge { limit: limits().bytes };
    for (path, expected) in [
        ("/endless", large.clone()),
        ("/announced", large.clone()),
        ("/chunks", large),
        ("/drip", late.clone()),
        ("/silence", late.clone()),
        ("/slow-header", late),
        ("/bomb", content("gzip")),
        ("/page", content("text/html; charset=utf-8")),
        ("/gone", status(410)),
        ("/partial", status(206)),
        ("/nowhere", status(302)),
        ("/cloud", redirected("http://169.254.169.254/latest/meta-data/")),
        ("/file", redirected("file:///etc/passwd")),
        ("/loop", redirected(&server.url("/loop"))),
        ("/port", FetchError::Address { host: "127.0.0.1".to_owned(), address: "127.0.0.1".to_owned() }),
        ("/header", FetchError::Protocol),
        ("/fields", FetchError::Protocol),
        ("/noise", FetchError::Protocol),
    ] {
        assert_eq!(get(&server, path, &limits()), Err(expected), "{path}");
    }
    for path in ["/short", "/close"] {
        let got = get(&server, path, &limits());
        assert!(matches!(got, Err(FetchError::Connection { .. } | FetchError::Protocol)), "{path}: {got:?}");
    }
    // And what is in order passes, after one redirect too.
    assert_eq!(get(&server, "/moved", &patient()).unwrap(), b"here");
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|one| one.path == "/loop").count(), 4, "three redirects and no more");
}

/// One misdeed for each path.
fn hostile(asked: &Asked, stream: &mut TcpStream) {
    let head = |stream: &mut TcpStream, text: &str| stream.write_all(text.as_bytes());
    let redirect = |stream: &mut TcpStream, to: &str| answer(stream, "302 Found", &[("Location", to)], b"");
    let pause = Duration::from_millis(50);
    match asked.path.as_str() {
        "/endless" => {
            let _ = head(stream, "HTTP/1.1 200 OK\r\n\r\n");
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
        }
        "/announced" => drop(head(stream, "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nx")),
        "/chunks" => {
            let _ = head(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while head(stream, &format!("1000\r\n{}\r\n", "x".repeat(4096))).is_ok() {}
        }
        "/drip" => {
            let _ = head(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            while stream.write_all(b"x").is_ok() {
                std::thread::sleep(pause);
            }
        }
        "/silence" => std::thread::sleep(Duration::from_secs(30)),
        "/slow-header" => {
            let _ = head(stream, "HTTP/1.1 200 OK\r\n");
            while head(stream, "X: y\r\n").is_ok() {
                std::thread::sleep(pause);
            }
        }
        "/bomb" => answer(stream, "200 OK", &[("Content-Encoding", "gzip")], &[0x1F, 0x8B, 8, 0]),
        "/page" => answer(stream, "200 OK", &[("Content-Type", "text/html; charset=utf-8")], b"<html>Log in</html>"),
        "/gone" => answer(stream, "410 Gone", &[], b"gone"),
        "/partial" => answer(stream, "206 Partial Content", &[], b"part"),
        "/nowhere" => answer(stream, "302 Found", &[], b""),
        "/cloud" => redirect(stream, "http://169.254.169.254/latest/meta-data/"),
        "/file" => redirect(stream, "file:///etc/passwd"),
        "/loop" => redirect(stream, "/loop"),
        "/port" => redirect(stream, "http://127.0.0.1:1/"),
        "/moved" => redirect(stream, "/here"),
        "/here" => answer(stream, "200 OK", &[], b"here"),
        "/header" => {
            let _ = head(stream, "HTTP/1.1 200 OK\r\nX: ");
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
        }
        "/fields" => {
            let _ = head(stream, "HTTP/1.1 200 OK\r\n");
            while head(stream, &"X: y\r\n".repeat(500)).is_ok() {}
        }
        "/noise" => drop(stream.write_all(&[0xFF; 256])),
        "/short" => drop(head(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")),
        _ => {}
    }
}

#[test]
fn addresses_of_this_machine_and_its_network_are_refused_without_a_connection() {
    let server = Server::start(|_, stream| answer(stream, "200 OK", &[], b"secret"));
    let fetch = HttpFetch::new(Reach::Public);
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "127.1"] {
        let got = fetch.get(&format!("http://{host}:{port}/"), &patient());
        assert!(matches!(got, Err(FetchError::Address { .. } | FetchError::HostUnknown { .. })), "{host}: {got:?}");
    }
    for url in [
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://192.168.0.1/",
        "https://[fe80::1]/",
        "http://100.64.1.1/",
    ] {
        assert!(matches!(fetch.get(url, &patient()), Err(FetchError::Address { .. })), "{url}");
    }
    for url in ["ldap://127.0.0.1/", "file:///etc/passwd"] {
        assert!(matches!(fetch.get(url, &patient()), Err(FetchError::Scheme { .. })), "{url}");
    }
    assert!(server.asked().is_empty());
    // The operator's own URL may lead there.
    assert_eq!(HttpFetch::new(Reach::Anywhere).get(&server.url("/"), &patient()).unwrap(), b"secret");
}

/// Answers each question with the next of its answers.
#[derive(Debug)]
struct Rebinding {
    answers: Vec<Vec<SocketAddr>>,
    asked: AtomicUsize,
}

impl Names for Rebinding {
    fn lookup(&self, _host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        let n = self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.answers.get(n).or(self.answers.last()).cloned().unwrap_or_default())
    }
}

#[test]
fn a_name_is_resolved_once_and_what_was_judged_is_what_is_reached() {
    let good = Server::start(|_, stream| answer(stream, "200 OK", &[], b"good"));
    let inner = Server::start(|_, stream| answer(stream, "200 OK", &[], b"inner"));
    let names = |answers: &[&[SocketAddr]]| {
        Arc::new(Rebinding { answers: answers.iter().map(|one| one.to_vec()).collect(), asked: AtomicUsize::new(0) })
    };
    let reach = Reach::Only(vec![good.address]);
    // The second answer leads inside: it is never asked for.
    let rebinding = names(&[&[good.address], &[inner.address]]);
    let fetch = HttpFetch::with_names(reach.clone(), Arc::<Rebinding>::clone(&rebinding));
    assert_eq!(fetch.get("http://ca.example/", &patient()).unwrap(), b"good");
    assert_eq!(rebinding.asked.load(Ordering::SeqCst), 1);
    assert_eq!(good.asked()[0].field("host"), Some("ca.example"));
    // One address inside condemns the name.
    let mixed = names(&[&[good.address, inner.address]]);
    let got = HttpFetch::with_names(reach.clone(), mixed).get("http://ca.example/", &patient());
    assert!(matches!(got, Err(FetchError::Address { .. })), "{got:?}");
    let nobody = HttpFetch::with_names(reach, names(&[])).get("http://ca.example/", &patient());
    assert_eq!(nobody, Err(FetchError::HostUnknown { host: "ca.example".to_owned() }));
    assert!(inner.asked().is_empty());
}

/// A name server that never answers.
#[derive(Debug)]
struct Mute;

impl Names for Mute {
    fn lookup(&self, _host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        std::thread::sleep(Duration::from_secs(30));
        Ok(Vec::new())
    }
}

#[test]
fn a_name_server_that_does_not_answer_holds_nobody_up() {
    let fetch = HttpFetch::with_names(Reach::Public, Arc::new(Mute));
    let got = fetch.get("http://ca.example/", &limits());
    assert_eq!(got, Err(FetchError::TimedOut { limit: limits().connect }));
}

#[test]
fn a_server_without_a_certificate_that_is_trusted_is_not_believed() {
    let server = Server::start(|_, stream| answer(stream, "200 OK", &[], b"plain"));
    let fetch = HttpFetch::new(Reach::Only(vec![server.address]));
    let got = fetch.get(&server.url("/").replace("http:", "https:"), &limits());
    assert!(
        matches!(got, Err(FetchError::Tls { .. } | FetchError::Connection { .. } | FetchError::TimedOut { .. })),
        "{got:?}"
    );
}
