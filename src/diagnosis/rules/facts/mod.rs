//! Plain facts that are no quirk: nobody there, nothing there, not allowed.

pub(super) mod access;
pub(super) mod beyond;
pub(super) mod client_certificate;
pub(super) mod existence;
pub(super) mod integrity;
pub(super) mod intermittent;
mod parts;
mod proxy;
pub(super) mod service;
mod spoilt;
pub(super) mod transport;
