//! Plain facts that are no quirk: nobody there, nothing there, not allowed.

pub(super) mod access;
pub(super) mod beyond;
pub(super) mod existence;
pub(super) mod integrity;
pub(super) mod intermittent;
mod parts;
pub(super) mod service;
pub(super) mod transport;
