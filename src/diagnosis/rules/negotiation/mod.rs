//! Which representation is served to whom.

mod seen;

pub(super) mod content_type;
pub(super) mod converted;
pub(super) mod ct_mismatch;
pub(super) mod gcr_accept_mismatch_message;
pub(super) mod schema1;
pub(super) mod spelling;
pub(super) mod tag_and_digest;
pub(super) mod type_not_in_accept;
pub(super) mod types;
pub(super) mod wildcards;
