//! Secrets in texts: which can be told from ordinary text, how servers spell them, and how all of them are found in
//! one pass.
//!
//! Two rules, used at capture and again before anything is written:
//!
//! - **By place.** What is secret by where it stands (`Authorization`, cookies, token fields, signed query values,
//!   headers that the user gave) is struck there, whatever its value.
//! - **By value.** Elsewhere a secret is searched, in every spelling of it, when it can be told from ordinary text.
//!   Otherwise a password `latest` would strike every tag, and a registry could blank a report by the token it grants.

mod matcher;
pub(crate) mod places;
mod spelling;
mod telling;
mod vocabulary;

pub(crate) use matcher::Matcher;
pub(crate) use spelling::{disguises, plain_spellings, spellings};
pub(crate) use telling::{is_telling, is_telling_grant};

/// The words of a target, which stand in every URL: a secret that is one of them cannot be told from them.
pub(crate) fn words_of(target: &crate::target::Target) -> Vec<String> {
    let digest = target.digest.as_ref().map(ToString::to_string);
    let words =
        [Some(target.registry.clone()), Some(target.api_host.clone()), Some(target.repository.clone())];
    words.into_iter().chain([target.tag.clone(), digest]).flatten().map(|w| w.to_ascii_lowercase()).collect()
}

/// What stands where a secret stood.
pub(crate) const REDACTED: &str = "<redacted>";
