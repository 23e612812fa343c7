//! The rules, one file a rule or a tight family, in the order of their layers.

mod artifacts;
mod auth;
mod blobs;
mod digests;
mod endpoints;
mod errors;
mod facts;
mod head;
mod indexes;
mod names;
mod negotiation;
mod pairs;
mod proxies;
mod referrers;
mod tags;
mod transport;

use crate::diagnosis::rule::Rule;

/// Every rule; they are examined in the order of their layers.
pub const RULES: &[&Rule] = &[
    &facts::transport::HOST_NOT_FOUND,
    &facts::transport::CONNECTION_REFUSED,
    &facts::transport::TLS_UNTRUSTED,
    &facts::client_certificate::RULE,
    &facts::transport::PLAIN_HTTP,
    &facts::transport::TIMED_OUT,
    &facts::transport::CONNECTION_BROKEN,
    &errors::limits::METERED,
    &errors::limits::IN_MESSAGE,
    &errors::limits::RATE,
    &errors::limits::NO_RETRY_AFTER,
    &errors::meaning::UPSTREAM,
    &proxies::gzip::RULE,
    &proxies::accept::RULE,
    &proxies::catch_all::EVERYTHING_200,
    &proxies::catch_all::NOT_MAPPED,
    &proxies::blocked::USER_AGENT,
    &proxies::blocked::PLACE,
    &transport::versions::MISDIRECTED,
    &transport::versions::RESET,
    &transport::versions::ALPN_NONE,
    &transport::ping::NO_SLASH,
    &transport::ping::NO_API_VERSION,
    &transport::cookies::SET,
    &facts::service::RATE_LIMITED,
    &facts::service::NOT_A_REGISTRY,
    &negotiation::schema1::REMOVED,
    &facts::service::SERVER_ERROR,
    &facts::intermittent::RULE,
    &endpoints::missing_digest_at_cache::MISSING_DIGEST,
    &endpoints::missing_digest_at_cache::HIDDEN_FAILURE,
    &head::anonymous::RULE,
    &facts::access::CREDENTIALS_REFUSED,
    &facts::access::NOT_AUTHORIZED,
    &auth::ping::MISSING_ON_RESOURCE,
    &auth::ping::OPEN_PING,
    &auth::ping::CLOSED_PING,
    &auth::ping::CHALLENGE_WITH_200,
    &auth::ping::BY_USER_AGENT,
    &auth::form::MALFORMED,
    &auth::form::MULTIPLE,
    &auth::form::NO_SERVICE,
    &auth::form::SCOPE,
    &auth::change::AFTER_EXPIRY,
    &auth::change::WITH_AUTHORIZATION,
    &auth::change::PREEMPTIVE_BASIC,
    &auth::change::BASIC_IGNORED,
    &auth::place::ODD_URL,
    &auth::place::FOREIGN,
    &auth::place::BEFORE_AUTH,
    &auth::token::FIELD_NAME,
    &auth::token::NO_POST,
    &auth::token::WANTS_SERVICE,
    &auth::token::LITERAL,
    &auth::token::EXPIRY,
    &auth::refused::EMPTY_ACCESS,
    &auth::refused::DENIES,
    &auth::refused::CLOCK_SKEW,
    &auth::refused::AFTER_FRESH_TOKEN,
    &auth::refused::MASKED,
    &auth::rights::EVEN_IF_PUBLIC,
    &auth::rights::METADATA_READ,
    &errors::meaning::POLICY,
    &auth::credentials::AS_BEARER,
    &auth::credentials::NOT_HONOURED,
    &auth::scopes::CATALOG,
    &auth::scopes::EXTRA,
    &auth::scopes::OFFLINE,
    &digests::cold::COLD,
    &errors::withheld::HEAD_PASSES,
    &errors::withheld::POLICY,
    &errors::shape::STATUS,
    &errors::shape::DETAIL,
    &errors::shape::DETAILS,
    &errors::shape::BARE,
    &errors::shape::PLAIN,
    &errors::shape::CODE,
    &errors::shape::CHARSET,
    &facts::existence::REPOSITORY_NOT_FOUND,
    &facts::existence::TAG_NOT_FOUND,
    &facts::existence::DIGEST_NOT_FOUND,
    &facts::existence::PLATFORM_NOT_FOUND,
    &errors::meaning::NAME_OR_MANIFEST,
    &errors::meaning::FORBIDDEN,
    &negotiation::gcr_accept_mismatch_message::RULE,
    &negotiation::types::OCI,
    &negotiation::type_not_in_accept::RULE,
    &negotiation::types::LIST_CHILD,
    &negotiation::types::NOT_ACCEPTABLE,
    &negotiation::schema1::NO_ACCEPT,
    &negotiation::schema1::BODY_AND_DIGEST,
    &negotiation::schema1::VARIANT,
    &negotiation::wildcards::NOT_UNDERSTOOD,
    &negotiation::wildcards::HONOURED,
    &negotiation::wildcards::IGNORED,
    &negotiation::spelling::Q_VALUES,
    &negotiation::spelling::CASE,
    &negotiation::spelling::MULTI_LINE,
    &negotiation::spelling::EMPTY,
    &negotiation::tag_and_digest::TAG_404,
    &negotiation::tag_and_digest::DIGEST_IGNORES,
    &negotiation::tag_and_digest::HARBOR,
    &negotiation::content_type::JSON,
    &negotiation::content_type::PLAIN,
    &negotiation::content_type::HTML,
    &negotiation::content_type::CHARSET,
    &negotiation::ct_mismatch::RULE,
    &negotiation::content_type::WITHOUT_MEDIA_TYPE,
    &indexes::unasked::RETURNED,
    &indexes::unasked::V3,
    &indexes::collapsed::LIST,
    &indexes::collapsed::WRONG_DIGEST,
    &indexes::collapsed::NO_AMD64,
    &indexes::both_types_needed::RULE,
    &endpoints::config_is_a_blob::RULE,
    &endpoints::config_digest_at_manifests::ANSWERED_404,
    &endpoints::config_digest_at_manifests::ANSWERED_500,
    &endpoints::request_digest_header_ignored::RULE,
    &endpoints::blobs_by_place::MANIFEST_AT_BLOBS,
    &endpoints::blobs_by_place::SCOPED,
    &indexes::entries::ATTESTED,
    &indexes::entries::AS_ARTIFACT,
    &indexes::entries::ODD,
    &head::refused::NOT_FOUND,
    &head::refused::NOT_ALLOWED,
    &head::refused::BLOB,
    &head::headers::NO_LENGTH,
    &head::headers::NO_TYPE,
    &digests::malformed_digest_handling::RULE,
    &facts::integrity::DIGEST_MISMATCH,
    &negotiation::types::REFERRERS,
    &digests::dcd_wrong::REWRITTEN,
    &digests::dcd_wrong::UNRELIABLE,
    &digests::dcd_missing::ON_GET,
    &digests::dcd_missing::EVERYWHERE,
    &digests::dcd_form::BARE,
    &digests::dcd_form::EMPTY,
    &digests::dcd_head_get_differ::RULE,
    &head::length_differs::RULE,
    &head::hides_error_body::RULE,
    &digests::etags::WEAK,
    &digests::etags::NOT_MODIFIED,
    &tags::paging::OVER_1000,
    &tags::paging::TOO_BIG,
    &tags::paging::IGNORED,
    &tags::paging::LAST_UNKNOWN,
    &tags::paging::NULL_PAST,
    &tags::link::BARE,
    &tags::link::FOREIGN,
    &tags::link::EXACT,
    &tags::body::GARBAGE,
    &tags::body::UNSORTED,
    &tags::body::BODY,
    &tags::body::EMPTY_404,
    &tags::catalog::DISABLED,
    &referrers::support::NOT_FOUND,
    &referrers::support::REFUSED,
    &referrers::support::MISSING_REPOSITORY,
    &referrers::answers::WRONG_TYPE,
    &referrers::answers::EMPTY_OBJECT,
    &referrers::answers::FILTER_IGNORED,
    &referrers::answers::FALLBACK_TYPE,
    &blobs::moved::IMPOSSIBLE,
    &blobs::moved::MANIFEST,
    &blobs::moved::LOGIN,
    &facts::beyond::RULE,
    &blobs::signed::S3,
    &blobs::signed::AZURE,
    &blobs::signed::SUBDOMAIN,
    &blobs::signature::GET_ONLY,
    &blobs::signature::BYTE_EXACT,
    &blobs::signature::STATUS,
    &blobs::cold::RULE,
    &blobs::served::OCTET_STREAM,
    &blobs::coding::ENCODING,
    &blobs::coding::NO_LENGTH,
    &blobs::ranges::IGNORED,
    &blobs::ranges::MULTIRANGE,
    &blobs::ranges::REFUSED,
    &blobs::ranges::BOUNDARY,
    &names::aliases::LIBRARY,
    &names::ns_query::RULE,
    &names::shape::SHAPE,
    &names::no_pull_by_digest::RULE,
    &names::aliases::HOST,
    &names::shape::UPPERCASE,
    &artifacts::config::EMPTY,
    &artifacts::config::FOREIGN,
    &artifacts::layers::FOREIGN,
    &artifacts::layers::URLS,
    &artifacts::layers::ZSTD,
    &artifacts::mixed::RULE,
    &artifacts::size::RULE,
    &negotiation::converted::RULE,
];

/// A rule by its id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<&str> = RULES.iter().map(|r| r.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }

    #[test]
    fn consequences_hang_under_rules_that_exist_and_never_in_a_circle() {
        for rule in RULES {
            let mut above = vec![rule.id];
            let mut next: Vec<&str> = rule.under.to_vec();
            while let Some(id) = next.pop() {
                assert_ne!(id, rule.id, "{} hangs under itself by {above:?}", rule.id);
                if !above.contains(&id) {
                    above.push(id);
                    next.extend(find(id).map_or(&[][..], |r| r.under));
                }
            }
        }
    }
}
