//! The rules, one file a rule or a tight family, in the order of their layers.

mod auth;
mod endpoints;
mod errors;
mod facts;
mod negotiation;

use crate::diagnosis::rule::Rule;

/// Every rule, lower layers first: the order in which they are examined.
pub const RULES: &[&Rule] = &[
    &facts::transport::HOST_NOT_FOUND,
    &facts::transport::CONNECTION_REFUSED,
    &facts::transport::TLS_UNTRUSTED,
    &facts::transport::PLAIN_HTTP,
    &facts::transport::TIMED_OUT,
    &facts::transport::CONNECTION_BROKEN,
    &errors::limits::METERED,
    &errors::limits::IN_MESSAGE,
    &errors::limits::RATE,
    &errors::limits::NO_RETRY_AFTER,
    &errors::meaning::UPSTREAM,
    &facts::service::RATE_LIMITED,
    &facts::service::NOT_A_REGISTRY,
    &facts::service::SERVER_ERROR,
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
    &auth::place::NEXUS,
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
    &errors::meaning::NAME_OR_MANIFEST,
    &errors::meaning::FORBIDDEN,
    &negotiation::gcr_accept_mismatch_message::RULE,
    &endpoints::config_is_a_blob::RULE,
    &endpoints::config_digest_at_manifests::ANSWERED_404,
    &endpoints::config_digest_at_manifests::ANSWERED_500,
    &endpoints::request_digest_header_ignored::RULE,
    &facts::integrity::DIGEST_MISMATCH,
];

/// A rule by its id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_layers_ascend() {
        let mut ids: Vec<&str> = RULES.iter().map(|r| r.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
        assert!(RULES.is_sorted_by_key(|r| r.layer));
    }

    #[test]
    fn every_rule_has_words() {
        for rule in RULES {
            assert!(!rule.about.is_empty() && rule.page.len() > 80, "{} wants words", rule.id);
        }
    }
}
