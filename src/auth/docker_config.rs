//! `config.json` of docker and `auth.json` of podman: one format, read alike.

use std::collections::BTreeMap;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::error::Category;

use super::keys;
use super::secret::Secret;

/// Files written by hand lack the padding now and then.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A credentials file. No `Debug`: it is full of secrets.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct CredentialsFile {
    auths: Option<BTreeMap<String, Option<Entry>>>,
    #[serde(rename = "credsStore")]
    creds_store: Option<String>,
    #[serde(rename = "credHelpers")]
    cred_helpers: Option<BTreeMap<String, String>>,
}

/// One entry of `auths`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

/// A helper that the file names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HelperName<'a> {
    /// The part after `docker-credential-`, as written: not to be trusted yet.
    pub(crate) name: &'a str,
    /// `credHelpers` or `credsStore`.
    pub(crate) named_by: &'static str,
}

impl CredentialsFile {
    /// Reads a file; the error says where and what is wrong, and never quotes the file.
    pub(crate) fn parse(bytes: &[u8]) -> Result<(CredentialsFile, Option<String>), String> {
        let (bytes, note) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => {
                let note =
                    "it starts with a byte order mark, which docker and podman refuse: save it without";
                (rest, Some(note.to_owned()))
            }
            None => (bytes, None),
        };
        match serde_json::from_slice(bytes) {
            Ok(file) => Ok((file, note)),
            Err(e) => {
                // serde's own words quote the offending value, and values here are secrets.
                let what = match e.classify() {
                    Category::Data => "a value here is not of the type that docker writes",
                    Category::Eof => "the JSON ends too early",
                    Category::Syntax | Category::Io => "not valid JSON",
                };
                let remedy = "correct the file, or move it away and log in again";
                Err(format!("line {}, column {}: {what}: {remedy}", e.line(), e.column()))
            }
        }
    }

    /// The helper to ask for this registry, as docker chooses it. An empty name in `credHelpers`
    /// turns `credsStore` off for that host.
    pub(crate) fn helper(&self, registry: &str) -> Option<HelperName<'_>> {
        let of_host = self
            .cred_helpers
            .iter()
            .flatten()
            .filter_map(|(key, name)| Some((keys::rank(key, registry, "")?, name)))
            .max_by_key(|(rank, _)| *rank);
        let helper = match of_host {
            Some((_, name)) => HelperName { name, named_by: "credHelpers" },
            None => HelperName { name: self.creds_store.as_deref()?, named_by: "credsStore" },
        };
        (!helper.name.is_empty()).then_some(helper)
    }

    /// The entries that fit, the closest first.
    pub(crate) fn entries(&self, registry: &str, repository: &str) -> Vec<(&str, &Entry)> {
        let mut fitting: Vec<_> = self
            .auths
            .iter()
            .flatten()
            .filter_map(|(key, entry)| {
                Some((keys::rank(key, registry, repository)?, key.as_str(), entry.as_ref()?))
            })
            .collect();
        fitting.sort_by_key(|(rank, ..)| std::cmp::Reverse(*rank));
        fitting.into_iter().map(|(_, key, entry)| (key, entry)).collect()
    }
}

impl Entry {
    /// What the entry holds; `None` for an empty one, which only says that a helper knows more.
    pub(crate) fn secret(&self) -> (Option<Secret>, Option<&'static str>) {
        if let Some(token) = filled(&self.registrytoken) {
            return (Some(Secret::RegistryToken(token.trim().into())), None);
        }
        if let Some(token) = filled(&self.identitytoken) {
            return (Some(Secret::IdentityToken(token.trim().into())), None);
        }
        let fields = match (filled(&self.username), filled(&self.password)) {
            (Some(user), Some(password)) => Some((user.to_owned(), password.to_owned())),
            _ => None,
        };
        let Some(auth) = filled(&self.auth) else {
            return (fields.map(basic), None);
        };
        match (decode(auth), fields) {
            (Some(pair), Some(fields)) if pair != fields => (
                Some(basic(pair)),
                Some(
                    "`auth` differs from `username` and `password`; `auth` was taken: log in again to set both",
                ),
            ),
            (Some((user, password)), _) if user.is_empty() && password.is_empty() => (None, None),
            (Some(pair), _) => (Some(basic(pair)), None),
            (None, Some(fields)) => (
                Some(basic(fields)),
                Some("`auth` is not the base64 of user:password; `username` and `password` were taken"),
            ),
            (None, None) => (None, Some("`auth` is not the base64 of user:password: log in again")),
        }
    }
}

fn basic((username, password): (String, String)) -> Secret {
    Secret::Basic { username, password: password.into() }
}

fn filled(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.trim().is_empty())
}

/// The first colon ends the user name; docker pads short passwords with NUL.
fn decode(auth: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64.decode(auth.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.trim_matches('\0').to_owned()))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn parsed(json: &str) -> CredentialsFile {
        CredentialsFile::parse(json.as_bytes()).unwrap().0
    }

    fn shown(json: &str) -> String {
        let file = parsed(&format!(r#"{{"auths":{{"h":{json}}}}}"#));
        let (secret, note) = file.entries("h", "a/b")[0].1.secret();
        let secret = match secret {
            Some(Secret::Basic { username, password }) => format!("{username} {}", password.expose_secret()),
            Some(Secret::IdentityToken(t)) => format!("identity {}", t.expose_secret()),
            Some(Secret::RegistryToken(t)) => format!("registry {}", t.expose_secret()),
            Some(Secret::None) | None => "-".to_owned(),
        };
        note.map_or(secret.clone(), |note| format!("{secret} ({note})"))
    }

    #[test]
    fn entries_of_every_kind() {
        assert_eq!(shown(r#"{"auth":"dTpw"}"#), "u p");
        assert_eq!(shown(r#"{"auth":"dTpwOnE="}"#), "u p:q", "colon in the password");
        assert_eq!(shown(r#"{"auth":"dTpwOnE"}"#), "u p:q", "no padding");
        assert_eq!(shown(r#"{"auth":"dTpwAAA="}"#), "u p", "NUL padding");
        assert_eq!(shown(r#"{"username":"u","password":"p"}"#), "u p");
        assert_eq!(shown(r#"{"identitytoken":"t","auth":"dTpw"}"#), "identity t");
        assert_eq!(shown(r#"{"identitytoken":"","auth":"dTpw"}"#), "u p");
        assert_eq!(shown(r#"{"registrytoken":"t"}"#), "registry t");
        for empty in [r#"{"auth":""}"#, "{}", r#"{"auth":null,"email":"x"}"#, r#"{"auth":"Og=="}"#] {
            assert_eq!(shown(empty), "-", "{empty}");
        }
    }

    #[test]
    fn contradictions_are_told() {
        insta::assert_snapshot!(shown(r#"{"auth":"dTpw","username":"x","password":"y"}"#), @"u p (`auth` differs from `username` and `password`; `auth` was taken: log in again to set both)");
        insta::assert_snapshot!(shown(r#"{"auth":"%%%","username":"x","password":"y"}"#), @"x y (`auth` is not the base64 of user:password; `username` and `password` were taken)");
        insta::assert_snapshot!(shown(r#"{"auth":"dXA="}"#), @"- (`auth` is not the base64 of user:password: log in again)");
    }

    #[test]
    fn errors_say_where_and_quote_nothing() {
        let error = |text: &str| CredentialsFile::parse(text.as_bytes()).err().unwrap();
        insta::assert_snapshot!(error("{\n  \"auths\": {\"h\": \"hunter2\"}\n}"), @"line 2, column 26: a value here is not of the type that docker writes: correct the file, or move it away and log in again");
        insta::assert_snapshot!(error("{\n  \"auths\": {,}\n}"), @"line 2, column 13: not valid JSON: correct the file, or move it away and log in again");
        insta::assert_snapshot!(error("{\"auths\": "), @"line 1, column 10: the JSON ends too early: correct the file, or move it away and log in again");
        insta::assert_snapshot!(error(""), @"line 1, column 0: the JSON ends too early: correct the file, or move it away and log in again");
    }

    #[test]
    fn a_byte_order_mark_is_told_and_survived() {
        let (file, note) = CredentialsFile::parse(b"\xef\xbb\xbf{\"credsStore\":\"x\"}").unwrap();
        assert!(file.helper("h").is_some() && note.is_some());
    }

    #[test]
    fn helpers_by_host_then_for_all() {
        let file = parsed(r#"{"credsStore":"all","credHelpers":{"gcr.io":"gcloud","off.example":""}}"#);
        assert_eq!(file.helper("gcr.io"), Some(HelperName { name: "gcloud", named_by: "credHelpers" }));
        assert_eq!(file.helper("quay.io"), Some(HelperName { name: "all", named_by: "credsStore" }));
        assert_eq!(file.helper("off.example"), None);
        assert_eq!(parsed("{}").helper("gcr.io"), None);
    }

    #[test]
    fn per_path_entries_walk_up() {
        let file =
            parsed(r#"{"auths":{"h":{"auth":"YTph"},"h/org":{"auth":"Yjpi"},"h/org/x":{"auth":"Yzpj"}}}"#);
        let keys: Vec<_> = file.entries("h", "org/repo/sub").into_iter().map(|(k, _)| k).collect();
        assert_eq!(keys, ["h/org", "h"]);
    }
}
