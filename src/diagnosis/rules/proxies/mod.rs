//! What stands before the registry, and changes, blocks or replaces what it says.

pub(super) mod accept;
pub(super) mod blocked;
pub(super) mod catch_all;
pub(super) mod gzip;
