//! What is asked at the wrong endpoint: the founding problem.

pub(super) mod blobs_by_place;
pub(super) mod config_digest_at_manifests;
pub(super) mod config_is_a_blob;
pub(super) mod missing_digest_at_cache;
pub(super) mod request_digest_header_ignored;
