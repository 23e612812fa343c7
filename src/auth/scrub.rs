//! Keeps secrets out of what others say: an error text or a header may quote what we sent.

use std::sync::OnceLock;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};

use super::secret::Secret;
use crate::exchange::{Hop, Outcome};
use crate::redaction::{Matcher, REDACTED, disguises, is_telling, is_telling_grant, spellings};

/// The keys under which a token may stand in an answer.
const TOKENS: [&str; 3] = ["\"token\"", "\"access_token\"", "\"refresh_token\""];

/// Replacing a shorter user name would shred the text and hide nothing.
const SHORTEST_USER: usize = 3;

/// The secrets of one registry's credentials, with the tokens granted for them.
#[derive(Clone, Default)]
pub(crate) struct Scrub {
    words: Vec<SecretString>,
    user: Option<SecretString>,
    /// Finds them all; made when it is first needed.
    matcher: OnceLock<Matcher>,
}

impl Scrub {
    pub(crate) fn new(secret: &Secret) -> Scrub {
        let mut scrub = Scrub::default();
        match secret {
            Secret::Basic { username, password } => {
                scrub.user = Some(username.as_str().into());
                scrub.add(password);
                if let Some(header) = secret.basic_header() {
                    scrub.add_header(&header);
                }
            }
            Secret::IdentityToken(token) | Secret::RegistryToken(token) => scrub.add(token),
            Secret::None => {}
        }
        scrub
    }

    /// One more secret.
    pub(crate) fn add(&mut self, word: &SecretString) {
        let text = word.expose_secret();
        if !text.is_empty() && !self.words.iter().any(|known| known.expose_secret() == text) {
            self.words.push(word.clone());
            self.matcher = OnceLock::new();
        }
    }

    /// The credentials of an `Authorization` value.
    pub(crate) fn add_header(&mut self, header: &SecretString) {
        if let Some((_, credentials)) = header.expose_secret().split_once(' ') {
            self.add(&credentials.into());
        }
    }

    /// A granted token, where it can be told from ordinary text: the server chose it.
    pub(crate) fn add_granted(&mut self, header: &SecretString) {
        let token = header.expose_secret().split_once(' ').map(|(_, token)| token);
        if token.is_some_and(|token| is_telling_grant(token, &[])) {
            self.add_header(header);
        }
    }

    /// Every secret, for a last look at what is about to be written. The user name is not among them: it may
    /// well be a word of the image's name.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        self.words.clone()
    }

    /// Somebody's words without the secrets and the user name.
    pub(crate) fn apply(&self, text: &str) -> String {
        let text = self.apply_secrets(text);
        match self.user.as_ref().map(ExposeSecret::expose_secret) {
            Some(user) if user.len() >= SHORTEST_USER && !REDACTED.contains(user) => {
                text.replace(user, REDACTED)
            }
            _ => text,
        }
    }

    /// A token request's hop, fit for a recording: a granted token is never kept, and an error's body only
    /// where it quotes nothing of ours. The transport has redacted the rest; this is the second lock.
    pub(crate) fn hop(&self, mut hop: Hop) -> Hop {
        for header in hop.request.headers.iter_mut() {
            header.value = self.apply_secrets(&header.value);
        }
        hop.request.url = self.apply_secrets(&hop.request.url);
        match &mut hop.outcome {
            Outcome::Answered(response) => {
                for header in &mut response.headers {
                    header.value = self.apply_secrets(&header.value);
                }
                let text = String::from_utf8_lossy(&response.body.kept);
                if (200..400).contains(&response.status)
                    || TOKENS.iter().any(|key| text.contains(key))
                    || self.apply(&text) != text
                {
                    response.body.kept = Bytes::new();
                }
            }
            Outcome::Failed(error) => error.message = self.apply(&error.message),
        }
        hop
    }

    /// The same, with the user name left in: for text where a like-named repository is more likely meant.
    pub(crate) fn apply_secrets(&self, text: &str) -> String {
        let matcher = self.matcher.get_or_init(|| {
            Matcher::new(
                self.words
                    .iter()
                    .map(ExposeSecret::expose_secret)
                    .flat_map(|word| if is_telling(word, &[]) { spellings(word) } else { disguises(word) }),
            )
        });
        matcher.strike_text(text).unwrap_or_else(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_back_is_hidden() {
        let secret = Secret::Basic { username: "alice".into(), password: "hunter2".into() };
        let mut scrub = Scrub::new(&secret);
        scrub.add(&"tok.en".into());
        let text = "no alice:hunter2, Basic YWxpY2U6aHVudGVyMg==, Bearer tok.en";
        assert_eq!(scrub.apply(text), "no <redacted>:<redacted>, Basic <redacted>, Bearer <redacted>");
        let mut none = Scrub::new(&Secret::None);
        none.add_granted(&"Bearer anonymous".into());
        assert!(none.secrets().is_empty());
        none.add_granted(&"Bearer eyJhbGciOiJFUzI1NiJ9".into());
        assert_eq!(none.apply("eyJhbGciOiJFUzI1NiJ9"), "<redacted>");
    }

    #[test]
    fn a_short_password_does_not_shred_the_text() {
        let secret = Secret::Basic { username: "a".into(), password: "e".into() };
        assert_eq!(Scrub::new(&secret).apply("denied at example"), "denied at example");
    }
}
