//! A tiny HTTP server on the loopback interface: each connection is handed to a closure.

#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a client asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub method: String,
    pub path: String,
    /// Fields of the header, names in lower case.
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    fn read(stream: &TcpStream) -> Option<Asked> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace();
        let mut asked = Asked { method: words.next()?.to_owned(), path: words.next()?.to_owned(), ..Asked::default() };
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            asked.fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = asked.field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        asked.body = vec![0; length];
        reader.read_exact(&mut asked.body).ok()?;
        Some(asked)
    }
}

/// A server; its thread ends with the test's process.
pub struct Server {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Serves every connection in its own thread.
    pub fn start(serve: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, serve) = (Arc::clone(&asked), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (kept, serve) = (Arc::clone(&kept), Arc::clone(&serve));
                std::thread::spawn(move || {
                    let Ok(mut stream) = stream else { return };
                    let Some(one) = Asked::read(&stream) else { return };
                    kept.lock().unwrap().push(one.clone());
                    serve(&one, &mut stream);
                });
            }
        });
        Server { address, asked }
    }

    /// Serves these contents by path; 404 for others.
    pub fn of_files(files: Vec<(&'static str, Vec<u8>)>) -> Server {
        Server::start(move |asked, stream| match files.iter().find(|(path, _)| *path == asked.path) {
            Some((_, content)) => answer(stream, "200 OK", &[], content),
            None => answer(stream, "404 Not Found", &[], b""),
        })
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// One proper answer, after which the connection ends.
pub fn answer(stream: &mut TcpStream, status: &str, fields: &[(&str, &str)], content: &[u8]) {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = content.len();
    let head = format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    // A client that went away is part of some tests.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(content));
}
