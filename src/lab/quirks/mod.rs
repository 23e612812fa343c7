//! The quirks of the lab, one file each.

mod accept_case_sensitive;
mod accept_letter_case_matters;
mod asked;
mod attestation_as_oci_artifact;
mod auth_challenge;
mod basic_auth;
mod bearer_auth;
mod blob_delivery;
mod blob_redirect_strip_auth_s3;
mod blob_redirects;
mod cache_hides_upstream_failure_as_404;
mod cache_missing_digest_500;
mod config_digest_at_manifests_500;
mod ct_application_json;
mod ct_charset_suffix;
mod ct_text_html;
mod ct_text_plain;
mod dcd_bare_hex;
mod dcd_empty_string;
mod dcd_head_get_differ;
mod dcd_missing_everywhere;
mod dcd_missing_on_get;
mod dcd_unreliable_for_tags;
mod distribution_304;
mod distribution_errors;
mod distribution_router;
mod distribution_tags;
mod distribution_v3_oci_index_unasked;
mod empty_accept_404_some;
mod empty_config;
mod etag_weak;
mod fronts;
mod gcr_2018;
mod harbor_tag_acts_like_digest;
mod head_404_get_200;
mod head_405;
mod head_anonymous_always_401;
mod head_blob_401_get_307;
mod head_get_length_differ;
mod head_no_content_length;
mod head_no_content_type;
mod hub_ratelimit;
mod index_entry_without_platform_or_nested;
mod instead;
mod intermittent;
mod joined_accept_one_value;
mod json_charset;
mod latency;
mod list_child_not_accepted_400;
mod list_collapsed_to_amd64;
mod malformed_digest_handling;
mod manifest_digest_at_blobs_200;
mod manifest_rewritten_by_proxy;
mod multi_line_accept_first_only;
mod names;
mod no_accept_yields_schema1;
mod no_amd64_in_list_404;
mod not_acceptable_406;
mod not_modified_without_digest;
mod oci_index_vs_docker_list_both_needed;
mod oci_not_in_accept_404;
mod odd_errors;
mod olareg;
mod proxy_strips_accept;
mod q_values_break_match;
mod referrers_406;
mod referrers_api;
mod reported;
mod schema1_removed;
mod schema1_variant_mismatch;
mod scopes;
mod sketch;
mod swapped;
mod tag_404_digest_200_by_accept;
mod tag_lists;
mod wildcard_not_understood;
mod wrong_dcd_for_collapsed_list;
mod zot;

use std::sync::LazyLock;

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
    &auth_challenge::AFTER_FRESH_TOKEN,
    &odd_errors::FORBIDDEN,
    &auth_challenge::BEFORE_AUTH,
    &odd_errors::NO_RETRY_AFTER,
    &auth_challenge::LITERAL,
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
    &odd_errors::IN_MESSAGE,
    &zot::LinksOnHead,
    &hub_ratelimit::HubRatelimit,
    &joined_accept_one_value::JoinedAcceptOneValue,
    &latency::Latency,
    &intermittent::FIRST_TIME,
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
    &not_modified_without_digest::NotModifiedWithoutDigest,
    &attestation_as_oci_artifact::AttestationAsOciArtifact,
    &cache_hides_upstream_failure_as_404::CacheHidesUpstreamFailure,
    &cache_missing_digest_500::CacheMissingDigest500,
    &dcd_bare_hex::DcdBareHex,
    &dcd_empty_string::DcdEmptyString,
    &dcd_head_get_differ::DcdHeadGetDiffer,
    &dcd_missing_everywhere::DcdMissingEverywhere,
    &dcd_missing_on_get::DcdMissingOnGet,
    &dcd_unreliable_for_tags::DcdUnreliableForTags,
    &distribution_v3_oci_index_unasked::DistributionV3OciIndexUnasked,
    &etag_weak::EtagWeak,
    &head_404_get_200::Head404Get200,
    &head_405::Head405,
    &head_anonymous_always_401::HeadAnonymousAlways401,
    &head_blob_401_get_307::HeadBlob401Get307,
    &head_get_length_differ::HeadGetLengthDiffer,
    &head_no_content_length::HeadNoContentLength,
    &head_no_content_type::HeadNoContentType,
    &index_entry_without_platform_or_nested::IndexEntryWithoutPlatformOrNested,
    &list_collapsed_to_amd64::ListCollapsedToAmd64,
    &malformed_digest_handling::MalformedDigestHandling,
    &manifest_digest_at_blobs_200::ManifestDigestAtBlobs200,
    &manifest_rewritten_by_proxy::ManifestRewrittenByProxy,
    &no_amd64_in_list_404::NoAmd64InList404,
    &oci_index_vs_docker_list_both_needed::OciIndexVsDockerListBothNeeded,
    &wrong_dcd_for_collapsed_list::WrongDcdForCollapsedList,
    &auth_challenge::METADATA_READ,
    &auth_challenge::MULTIPLE,
    &odd_errors::NAME_OR_MANIFEST,
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
    &scopes::AS_BEARER,
    &scopes::CATALOG,
    &scopes::COLD,
    &scopes::EXTRA,
    &scopes::HEAD_PASSES,
    &scopes::NOT_HONOURED,
    &scopes::OFFLINE,
    &scopes::WITHHELD,
    &tag_lists::OVER_1000,
    &tag_lists::TOO_BIG,
    &tag_lists::IGNORED,
    &tag_lists::NULL_PAST,
    &tag_lists::LAST_UNKNOWN,
    &tag_lists::NO_BRACKETS,
    &tag_lists::FOREIGN,
    &tag_lists::EXACT,
    &tag_lists::GARBAGE,
    &tag_lists::UNSORTED,
    &tag_lists::BODY,
    &tag_lists::EMPTY_404,
    &tag_lists::CATALOG,
    &referrers_api::NOT_FOUND,
    &referrers_api::REFUSED,
    &referrers_api::WRONG_TYPE,
    &referrers_api::EMPTY_OBJECT,
    &referrers_api::FILTER_IGNORED,
    &referrers_api::MISSING_REPOSITORY,
    &referrers_api::FALLBACK_TYPE,
    &blob_redirects::AZURE,
    &blob_redirects::SUBDOMAIN,
    &blob_redirects::GET_ONLY,
    &blob_redirects::BYTE_EXACT,
    &blob_redirects::STATUS,
    &blob_redirects::MANIFEST,
    &blob_redirects::IMPOSSIBLE,
    &blob_redirects::LOGIN,
    &blob_delivery::ENCODING,
    &blob_delivery::NO_LENGTH,
    &blob_delivery::IGNORED,
    &blob_delivery::MULTIRANGE,
    &blob_delivery::RANGE_400,
    &blob_delivery::BOUNDARY,
    &blob_delivery::COLD,
    &fronts::EVERYTHING_200,
    &fronts::MISSING_200,
    &fronts::NOT_MAPPED,
    &fronts::ARTIFACTORY,
    &fronts::GZIPS,
    &fronts::GZIPS_ALWAYS,
    &fronts::AGENT_BLOCKED,
    &fronts::DOCKER_BLOCKED,
    &fronts::GEO_BLOCKED,
    &fronts::GEO_PAGE,
    &fronts::COOKIES,
    &fronts::NO_API_VERSION,
    &fronts::NO_SLASH,
    &fronts::WRONG_PORT,
    &proxy_strips_accept::ProxyStripsAccept,
    &names::LibraryPrefix,
    &names::NS_REFUSED,
    &names::NS_WANTED,
    &names::SHAPE,
    &names::UPPERCASE,
    &names::NO_DIGESTS,
    &empty_config::EMPTY_CONFIG,
    &accept_letter_case_matters::AcceptLetterCaseMatters,
    &config_digest_at_manifests_500::ConfigDigestAtManifests500,
    &distribution_304::NOT_MODIFIED,
    &distribution_errors::SECOND,
    &distribution_errors::THIRD,
    &distribution_router::DistributionRouter,
    &distribution_tags::Distribution2Tags,
    &distribution_tags::Distribution3Tags,
    &json_charset::UTF_8,
    &olareg::OlaregAccept,
    &olareg::OlaregEndpoints,
    &zot::ZotEndpoints,
    &reported::JOINED_SCHEMA1,
    &reported::SCHEMA1_PREFERRED,
    &reported::STORED_DIGEST,
    &reported::HEAD_ZERO,
    &reported::HEAD_403,
    &reported::UNTYPED_PAGE,
    &reported::DOCKER_LABEL,
    &reported::BLOB_HEAD_404,
    &reported::MANIFEST_AT_BLOBS_HEAD,
    &reported::CHILD_MISSING,
    &reported::CONFIG_MISSING,
    &reported::PLAIN_STORAGE,
    &reported::NEGOTIATE_FIRST,
    &reported::ODD_SCHEME,
    &reported::NEEDS_TAG,
    &reported::REFERRERS_PAGE,
    &reported::INDEX_BY_TAG_PICKY,
];

/// Every quirk that the lab knows, sorted by id.
pub fn quirks() -> &'static [&'static dyn Quirk] {
    static SORTED: LazyLock<Vec<&'static dyn Quirk>> = LazyLock::new(|| {
        let mut quirks = QUIRKS.to_vec();
        quirks.sort_by_key(|quirk| quirk.id());
        quirks
    });
    &SORTED
}
