//! The lab over its socket.

mod content;
mod faithful;
mod odd;
mod quirks;
mod support;
