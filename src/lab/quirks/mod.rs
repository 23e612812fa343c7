//! The quirks of the lab, one file each.

mod attestation_as_oci_artifact;
mod basic_auth;
mod bearer_auth;
mod blob_redirect_strip_auth_s3;
mod cache_hides_upstream_failure_as_404;
mod cache_missing_digest_500;
mod dcd_bare_hex;
mod dcd_empty_string;
mod dcd_head_get_differ;
mod dcd_missing_everywhere;
mod dcd_missing_on_get;
mod dcd_unreliable_for_tags;
mod distribution_v3_oci_index_unasked;
mod etag_weak;
mod gcr_2018;
mod head_404_get_200;
mod head_405;
mod head_anonymous_always_401;
mod head_blob_401_get_307;
mod head_get_length_differ;
mod head_no_content_length;
mod head_no_content_type;
mod hub_ratelimit;
mod index_entry_without_platform_or_nested;
mod latency;
mod list_collapsed_to_amd64;
mod malformed_digest_handling;
mod manifest_digest_at_blobs_200;
mod manifest_rewritten_by_proxy;
mod no_amd64_in_list_404;
mod not_modified_without_digest;
mod oci_index_vs_docker_list_both_needed;
mod swapped;
mod wrong_dcd_for_collapsed_list;

use super::quirk::Quirk;

/// Sorted by id.
static QUIRKS: &[&dyn Quirk] = &[
    &not_modified_without_digest::NotModifiedWithoutDigest,
    &attestation_as_oci_artifact::AttestationAsOciArtifact,
    &basic_auth::BasicAuth,
    &bearer_auth::BearerAuth,
    &blob_redirect_strip_auth_s3::BlobRedirectStripAuthS3,
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
    &gcr_2018::Gcr2018,
    &head_404_get_200::Head404Get200,
    &head_405::Head405,
    &head_anonymous_always_401::HeadAnonymousAlways401,
    &head_blob_401_get_307::HeadBlob401Get307,
    &head_get_length_differ::HeadGetLengthDiffer,
    &head_no_content_length::HeadNoContentLength,
    &head_no_content_type::HeadNoContentType,
    &hub_ratelimit::HubRatelimit,
    &index_entry_without_platform_or_nested::IndexEntryWithoutPlatformOrNested,
    &latency::Latency,
    &list_collapsed_to_amd64::ListCollapsedToAmd64,
    &malformed_digest_handling::MalformedDigestHandling,
    &manifest_digest_at_blobs_200::ManifestDigestAtBlobs200,
    &manifest_rewritten_by_proxy::ManifestRewrittenByProxy,
    &no_amd64_in_list_404::NoAmd64InList404,
    &oci_index_vs_docker_list_both_needed::OciIndexVsDockerListBothNeeded,
    &wrong_dcd_for_collapsed_list::WrongDcdForCollapsedList,
];

/// Every quirk that the lab knows, sorted by id.
pub fn quirks() -> &'static [&'static dyn Quirk] {
    QUIRKS
}
