//! Servers on loopback, each of them a function from a request to an answer.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A request, as far as a hostile server cares.
pub(crate) struct Asked {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// The whole head.
    pub(crate) head: String,
    /// Where the server listens: `127.0.0.1:PORT`.
    pub(crate) here: String,
    /// How many requests came before.
    pub(crate) count: usize,
}

impl Asked {
    pub(crate) fn is_ping(&self) -> bool {
        self.path.trim_end_matches('/') == "/v2"
    }

    pub(crate) fn has(&self, header: &str) -> bool {
        self.head.to_ascii_lowercase().contains(&format!("\r\n{}:", header.to_ascii_lowercase()))
    }
}

/// Writes what no library would send; the connection ends with it.
type Write1 = Box<dyn FnOnce(&mut TcpStream) -> io::Result<()> + Send>;

/// What a server does with a request.
pub(crate) enum Act {
    /// A well-framed answer; the connection stays.
    Reply(Reply),
    /// Anything else.
    Raw(Write1),
}

/// Bytes of the server's own making.
pub(crate) fn raw(write: impl FnOnce(&mut TcpStream) -> io::Result<()> + Send + 'static) -> Act {
    Act::Raw(Box::new(write))
}

/// These bytes, and the end of the connection.
pub(crate) fn bytes(bytes: impl Into<Vec<u8>>) -> Act {
    let bytes = bytes.into();
    raw(move |out| out.write_all(&bytes))
}

/// A well-framed answer.
#[derive(Clone)]
pub(crate) struct Reply {
    status: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Arc<[u8]>,
}

impl Reply {
    pub(crate) fn new(status: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        let reply = Reply { status: status.to_owned(), headers: Vec::new(), body: body.into().into() };
        if content_type.is_empty() { reply } else { reply.with("content-type", content_type) }
    }

    pub(crate) fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply::new("200 OK", content_type, body)
    }

    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Reply {
        Reply::ok("application/json", body)
    }

    pub(crate) fn not_found() -> Reply {
        let body = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#;
        Reply::new("404 Not Found", "application/json", body)
    }

    pub(crate) fn status(status: &str) -> Reply {
        Reply::new(status, "", "")
    }

    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Reply {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn act(self) -> Act {
        Act::Reply(self)
    }

    pub(crate) fn write(&self, asked: &Asked, out: &mut TcpStream) -> io::Result<()> {
        let mut head =
            format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n", self.status, self.body.len()).into_bytes();
        for (name, value) in &self.headers {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        out.write_all(&head)?;
        if asked.method != "HEAD" {
            out.write_all(&self.body)?;
        }
        Ok(())
    }
}

impl From<Reply> for Act {
    fn from(reply: Reply) -> Act {
        Act::Reply(reply)
    }
}

/// A function from a request to an answer.
pub(crate) type Answer = dyn Fn(&Asked) -> Act + Send + Sync;

/// A server on loopback, until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start(answer: Arc<Answer>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(AtomicUsize::new(0));
        let (stopped, counter) = (Arc::clone(&stop), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (answer, counter) = (Arc::clone(&answer), Arc::clone(&counter));
                if let Ok(stream) = stream {
                    // A connection ends with the program that made it, and the thread with the connection.
                    std::thread::spawn(move || connection(stream, address, &*answer, &counter));
                }
            }
        });
        Server { address, requests, stop }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn connection(mut stream: TcpStream, address: SocketAddr, answer: &Answer, counter: &AtomicUsize) {
    while let Some(asked) = read(&mut stream, address, counter) {
        let written = match answer(&asked) {
            Act::Reply(reply) => reply.write(&asked, &mut stream),
            Act::Raw(write) => {
                let _ = write(&mut stream);
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}

/// A request's head and, unread by anybody, its body.
fn read(stream: &mut TcpStream, address: SocketAddr, counter: &AtomicUsize) -> Option<Asked> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse::<u64>().ok() } else { None }
    });
    io::copy(&mut Read::by_ref(stream).take(length.unwrap_or(0)), &mut io::sink()).ok()?;
    let mut words = head.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let count = counter.fetch_add(1, Ordering::SeqCst);
    Some(Asked { method, path, head, here: address.to_string(), count })
}

/// Reads and answers nothing, until the peer leaves.
pub(crate) fn silence(stream: &mut TcpStream) -> io::Result<()> {
    io::copy(stream, &mut io::sink()).map(|_| ())
}

/// The same bytes until the peer leaves.
pub(crate) fn endless(out: &mut TcpStream, chunk: &[u8]) -> io::Result<()> {
    loop {
        out.write_all(chunk)?;
    }
}

/// Numbers that do not repeat, the same in every run (xorshift64*).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: usize) -> Numbers {
        Numbers(0x9e37_79b9_7f4a_7c15 ^ ((seed as u64 + 1) << 17))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}
