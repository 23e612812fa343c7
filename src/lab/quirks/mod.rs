//! The quirks of the lab, one file each.

mod basic_auth;
mod bearer_auth;
mod blob_redirect_strip_auth_s3;
mod gcr_2018;
mod hub_ratelimit;
mod latency;

use super::quirk::Quirk;

/// Sorted by id.
static QUIRKS: &[&dyn Quirk] = &[
    &basic_auth::BasicAuth,
    &bearer_auth::BearerAuth,
    &blob_redirect_strip_auth_s3::BlobRedirectStripAuthS3,
    &gcr_2018::Gcr2018,
    &hub_ratelimit::HubRatelimit,
    &latency::Latency,
];

/// Every quirk that the lab knows, sorted by id.
pub fn quirks() -> &'static [&'static dyn Quirk] {
    QUIRKS
}
