//! The ping, HTTP versions, cookies: what is said around the content.

pub(super) mod cookies;
pub(super) mod ping;
pub(super) mod versions;
