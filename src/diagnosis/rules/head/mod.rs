//! HEAD: what it refuses, and what it leaves out.

pub(super) mod anonymous;
pub(super) mod headers;
pub(super) mod hides_error_body;
pub(super) mod length_differs;
pub(super) mod refused;
