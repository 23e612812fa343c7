//! The lab over its socket.

mod content;
mod faithful;
mod odd;
mod personalities;
mod quirks;
mod support;
