//! The quirks of the lab, one file each.

mod accept_case_sensitive;
mod asked;
mod basic_auth;
mod bearer_auth;
mod blob_redirect_strip_auth_s3;
mod ct_application_json;
mod ct_charset_suffix;
mod ct_text_html;
mod ct_text_plain;
mod empty_accept_404_some;
mod gcr_2018;
mod harbor_tag_acts_like_digest;
mod hub_ratelimit;
mod joined_accept_one_value;
mod latency;
mod list_child_not_accepted_400;
mod multi_line_accept_first_only;
mod no_accept_yields_schema1;
mod not_acceptable_406;
mod oci_not_in_accept_404;
mod q_values_break_match;
mod referrers_406;
mod schema1_removed;
mod schema1_variant_mismatch;
mod tag_404_digest_200_by_accept;
mod wildcard_not_understood;

use super::quirk::Quirk;

/// Sorted by id.
static QUIRKS: &[&dyn Quirk] = &[
    &accept_case_sensitive::AcceptCaseSensitive,
    &basic_auth::BasicAuth,
    &bearer_auth::BearerAuth,
    &blob_redirect_strip_auth_s3::BlobRedirectStripAuthS3,
    &ct_application_json::CtApplicationJson,
    &ct_charset_suffix::CtCharsetSuffix,
    &ct_text_html::CtTextHtml,
    &ct_text_html::CtTextHtmlConfig,
    &ct_text_plain::CtTextPlain,
    &empty_accept_404_some::EmptyAccept404Some,
    &gcr_2018::Gcr2018,
    &harbor_tag_acts_like_digest::HarborTagActsLikeDigest,
    &hub_ratelimit::HubRatelimit,
    &joined_accept_one_value::JoinedAcceptOneValue,
    &latency::Latency,
    &list_child_not_accepted_400::ListChildNotAccepted400,
    &multi_line_accept_first_only::MultiLineAcceptFirstOnly,
    &no_accept_yields_schema1::NoAcceptYieldsSchema1,
    &not_acceptable_406::NotAcceptable406,
    &not_acceptable_406::NotAcceptable406Json,
    &oci_not_in_accept_404::OciNotInAccept404,
    &q_values_break_match::QValuesBreakMatch,
    &referrers_406::Referrers406,
    &schema1_removed::Schema1Removed,
    &schema1_variant_mismatch::Schema1VariantMismatch,
    &tag_404_digest_200_by_accept::Tag404Digest200ByAccept,
    &wildcard_not_understood::WildcardNotUnderstood,
];

/// Every quirk that the lab knows, sorted by id.
pub fn quirks() -> &'static [&'static dyn Quirk] {
    QUIRKS
}
