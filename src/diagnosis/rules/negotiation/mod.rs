//! Which representation is served to whom.

pub(super) mod gcr_accept_mismatch_message;
