//! Digest headers, entity tags, and bytes that are not what a header says.

pub(super) mod cold;
pub(super) mod dcd_form;
pub(super) mod dcd_head_get_differ;
pub(super) mod dcd_missing;
pub(super) mod dcd_wrong;
pub(super) mod etags;
pub(super) mod malformed_digest_handling;
