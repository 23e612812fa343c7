//! The quirks of the lab, one file each.

mod auth_challenge;
mod basic_auth;
mod bearer_auth;
mod blob_redirect_strip_auth_s3;
mod gcr_2018;
mod hub_ratelimit;
mod latency;
mod odd_errors;
mod sketch;

use super::quirk::Quirk;

/// Sorted by id.
static QUIRKS: &[&dyn Quirk] = &[
    &auth_challenge::AFTER_FRESH_TOKEN,
    &odd_errors::FORBIDDEN,
    &auth_challenge::BEFORE_AUTH,
    &odd_errors::NO_RETRY_AFTER,
    &auth_challenge::LITERAL,
    &basic_auth::BasicAuth,
    &bearer_auth::BearerAuth,
    &blob_redirect_strip_auth_s3::BlobRedirectStripAuthS3,
    &auth_challenge::AFTER_EXPIRY,
    &auth_challenge::WITH_AUTHORIZATION,
    &auth_challenge::MALFORMED,
    &auth_challenge::MISSING_ON_RESOURCE,
    &auth_challenge::SCOPE,
    &auth_challenge::NO_SERVICE,
    &odd_errors::RATE,
    &odd_errors::BARE,
    &odd_errors::CHARSET,
    &odd_errors::STATUS,
    &odd_errors::DETAIL,
    &odd_errors::DETAILS,
    &odd_errors::PLAIN,
    &odd_errors::CODE,
    &gcr_2018::Gcr2018,
    &odd_errors::IN_MESSAGE,
    &hub_ratelimit::HubRatelimit,
    &latency::Latency,
    &auth_challenge::METADATA_READ,
    &auth_challenge::MULTIPLE,
    &odd_errors::NAME_OR_MANIFEST,
    &auth_challenge::NEXUS,
    &auth_challenge::NO_POST,
    &auth_challenge::OPEN_PING,
    &auth_challenge::CHALLENGE_WITH_200,
    &auth_challenge::CLOSED_PING,
    &auth_challenge::BY_USER_AGENT,
    &odd_errors::POLICY,
    &auth_challenge::PREEMPTIVE_BASIC,
    &auth_challenge::MASKED,
    &auth_challenge::ODD_URL,
    &auth_challenge::FOREIGN,
    &auth_challenge::EMPTY_ACCESS,
    &auth_challenge::CLOCK_SKEW,
    &auth_challenge::DENIES,
    &auth_challenge::WANTS_SERVICE,
    &auth_challenge::EXPIRY,
    &auth_challenge::FIELD_NAME,
    &odd_errors::UPSTREAM,
];

/// Every quirk that the lab knows, sorted by id.
pub fn quirks() -> &'static [&'static dyn Quirk] {
    QUIRKS
}
