//! Looks at the first bytes of a plain connection: a TLS record there is worth its own name, and
//! the HTTP parser only says that it is not HTTP.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};

use super::marks::Marks;

/// A stream whose first read is looked at.
pub(super) struct Sniff<T> {
    inner: T,
    marks: Option<Arc<Marks>>,
}

impl<T> Sniff<T> {
    /// `None` looks at nothing.
    pub(super) fn new(inner: T, marks: Option<Arc<Marks>>) -> Sniff<T> {
        Sniff { inner, marks }
    }
}

/// Whether bytes begin a TLS record: alert or handshake, and SSL 3.0 to TLS 1.3.
fn is_tls_record(bytes: &[u8]) -> bool {
    matches!(bytes, [0x15 | 0x16, 0x03, 0..=4, ..])
}

impl<T: Read + Unpin> Read for Sniff<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(marks) = self.marks.clone() else { return Pin::new(&mut self.inner).poll_read(cx, buf) };
        let mut first = [0; 1024];
        let room = first.len().min(buf.remaining());
        let mut read = ReadBuf::new(&mut first[..room]);
        ready!(Pin::new(&mut self.inner).poll_read(cx, read.unfilled()))?;
        if is_tls_record(read.filled()) {
            marks.saw_tls_record();
        }
        buf.put_slice(read.filled());
        self.marks = None;
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Write for Sniff<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_others() {
        assert!(is_tls_record(&[0x15, 3, 1, 0, 2, 2, 70]));
        assert!(is_tls_record(&[0x16, 3, 3]));
        assert!(!is_tls_record(b"HTTP/1.1 200 OK"));
        assert!(!is_tls_record(&[0x15]));
        assert!(!is_tls_record(b"\x15 3"));
    }
}
