//! Other names for the host, the repository and the tag, the same ones throughout, so that a report of a private
//! registry can be shown.
//!
//! What is replaced is what is known to be a name. Digests stay, for they are what the report is about, and so does
//! what an image's config says.

mod found;

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;

use self::found::{addresses_in, catalog, urls_in, without_port};
use super::{CellState, NotTried, Recording, RunNote};
use crate::exchange::{BodyEnd, Hop, Outcome, TransportError};
use crate::plan::concrete::ABSENT_REPOSITORY;

/// Names of the parts of a repository, from its end.
const PARTS: [&str; 4] = ["app", "team", "group", "division"];

/// The note that a report then holds.
const NOTE: &str = "pseudonyms";

/// Words that are names only where they stand as one: replaced everywhere, they would garble the protocol.
const WORDS: [&str; 20] = [
    "latest",
    "amd64",
    "arm64",
    "sha256",
    "sha512",
    "manifest",
    "manifests",
    "blobs",
    "config",
    "library",
    "docker",
    "registry",
    "repository",
    "image",
    "images",
    "public",
    "stable",
    "proxy",
    "errors",
    "message",
];

/// Gives every name its pseudonym.
pub fn apply(recording: &mut Recording) {
    if recording.notes.iter().any(|note| note.id == NOTE) {
        return;
    }
    let names = Names::of(recording);
    let image = image(recording, &names);
    for exchange in &mut recording.exchanges {
        exchange.hops.iter_mut().for_each(|hop| names.hop(hop));
    }
    for cell in &mut recording.cells {
        if let CellState::NotTried(why) = &mut cell.state {
            let reason = names.all(why.reason());
            if let Some(masked) = NotTried::from_parts(why.class(), reason) {
                *why = masked;
            }
        }
    }
    recording.base_url = names.all(&recording.base_url);
    let access = &mut recording.access;
    access.challenges.iter_mut().for_each(|challenge| *challenge = names.all(challenge));
    access.problem = access.problem.as_deref().map(|problem| names.all(problem));
    access.source = names.all(&access.source);
    recording.notes.iter_mut().for_each(|note| note.text = names.all(&note.text));
    let target = &mut recording.target;
    target.registry = names.all(&target.registry);
    target.api_host = names.all(&target.api_host);
    target.notes.clear();
    target.repository.clone_from(&names.repository);
    if target.tag.as_deref().is_some_and(|tag| tag != "latest") {
        target.tag = Some("tag".to_owned());
    }
    target.image = image;
    recording.notes.push(RunNote {
        id: NOTE.to_owned(),
        text:
            "hosts, repository and tag have other names here (--pseudonyms); digests and what the image says \
               of itself are as they were"
                .to_owned(),
    });
}

fn image(recording: &Recording, names: &Names) -> String {
    let target = &recording.target;
    let scheme = target.image.split_once("://").map(|(scheme, _)| format!("{scheme}://")).unwrap_or_default();
    let tag = match target.tag.as_deref() {
        Some("latest") => ":latest",
        Some(_) => ":tag",
        None => "",
    };
    let digest = target.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
    format!("{scheme}{}/{}{tag}{digest}", names.all(&target.registry), names.repository)
}

/// A name, and what stands in its place.
#[derive(Debug)]
struct Name {
    from: String,
    to: String,
    /// What may stand before it.
    before: Before,
    /// Whether it is looked for in documents, too: a single part of a repository's name may be a word there.
    documents: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing that would make it part of a longer name.
    Edge,
    /// A dot, too: `corp.example` in `*.corp.example`.
    Dot,
    /// Anything: it brings its own delimiter.
    Any,
}

impl Before {
    fn allows(self, text: &str) -> bool {
        // `%3A`: an encoded character is an edge.
        let bytes = text.as_bytes();
        let encoded = matches!(bytes, [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
        match (self, text.chars().last()) {
            (Before::Any, _) | (_, None) => true,
            (_, Some(c)) if c.is_ascii_alphanumeric() => encoded,
            (Before::Dot, Some(c)) => c != '-' && c != '_',
            (Before::Edge, Some(c)) => !"-_.".contains(c),
        }
    }
}

#[derive(Debug)]
struct Names {
    /// The longest first.
    names: Vec<Name>,
    repository: String,
}

impl Names {
    fn of(recording: &Recording) -> Names {
        let target = &recording.target;
        let mut hosts: Vec<String> = Vec::new();
        let mut host = |authority: &str| {
            let name = without_port(authority).to_ascii_lowercase();
            if !name.is_empty() && !hosts.contains(&name) {
                hosts.push(name);
            }
        };
        host(&target.registry);
        host(&target.api_host);
        urls_in(&recording.base_url).for_each(&mut host);
        let mut peers = Vec::new();
        for hop in recording.exchanges.iter().flat_map(|exchange| &exchange.hops) {
            urls_in(&hop.request.url).for_each(&mut host);
            match &hop.outcome {
                Outcome::Answered(response) => {
                    let telling = ["location", "www-authenticate", "link"];
                    let headers = response.headers.iter().filter(|h| telling.contains(&h.name.as_str()));
                    headers.for_each(|h| urls_in(&h.value).for_each(&mut host));
                    peers.extend(response.peer.as_deref().map(|peer| without_port(peer).to_owned()));
                }
                Outcome::Failed(error) => peers.extend(addresses_in(&error.message)),
            }
        }
        let repository = repository(&target.repository);
        let mut names = Names { names: Vec::new(), repository };
        names.hosts(&hosts);
        names.addresses(peers);
        names.paths(&target.repository, target.tag.as_deref());
        names.names.sort_by(|a, b| b.from.len().cmp(&a.from.len()).then_with(|| a.from.cmp(&b.from)));
        names
    }

    fn add(&mut self, from: impl Into<String>, to: impl Into<String>, before: Before, documents: bool) {
        let from = from.into();
        if !from.is_empty() && !self.names.iter().any(|name| name.from == from) {
            self.names.push(Name { from, to: to.into(), before, documents });
        }
    }

    fn hosts(&mut self, hosts: &[String]) {
        for (at, host) in hosts.iter().enumerate() {
            let to = match at {
                0 => "registry.example".to_owned(),
                _ => format!("host-{at}.example"),
            };
            self.add(host, &to, Before::Edge, true);
            let labels: Vec<&str> = host.split('.').collect();
            if labels.len() > 2 && host.parse::<IpAddr>().is_err() && !host.starts_with('[') {
                let parent = labels[labels.len() - 2..].join(".");
                self.add(parent, format!("domain-{at}.example"), Before::Dot, true);
            }
        }
    }

    fn addresses(&mut self, peers: Vec<String>) {
        let mut number: u8 = 0;
        for peer in peers {
            let bare = peer.trim_matches(['[', ']']);
            if bare.parse::<IpAddr>().is_err() || self.names.iter().any(|name| name.from == bare) {
                continue;
            }
            number = number.wrapping_add(1);
            self.add(bare, Ipv4Addr::new(192, 0, 2, number).to_string(), Before::Edge, true);
        }
    }

    fn paths(&mut self, repository: &str, tag: Option<&str>) {
        let to = self.repository.clone();
        self.add(repository, &to, Before::Edge, true);
        // The repository that is asked for because nobody has it lies beside the target's.
        if let (Some((parent, _)), Some((mask, _))) = (repository.rsplit_once('/'), to.rsplit_once('/')) {
            let beside = |parent: &str| format!("{parent}/{ABSENT_REPOSITORY}");
            self.add(beside(parent), beside(mask), Before::Edge, true);
        }
        for (slash, hex) in [("%2F", "%2F"), ("%2f", "%2f")] {
            self.add(repository.replace('/', slash), to.replace('/', hex), Before::Edge, true);
        }
        if let Some(tag) = tag.filter(|tag| *tag != "latest") {
            let telling = tag.len() >= 3
                && tag.bytes().any(|b| b.is_ascii_digit())
                && tag.bytes().any(|b| !b.is_ascii_digit());
            if telling && !WORDS.contains(&tag) {
                self.add(tag, "tag", Before::Edge, true);
            }
            for (before, after) in
                [("/manifests/", ""), ("tag=", ""), ("\"tag\":\"", "\""), ("\"tag\": \"", "\""), ("'", "'")]
            {
                self.add(format!("{before}{tag}{after}"), format!("{before}tag{after}"), Before::Any, true);
            }
            self.add(format!("{repository}:{tag}"), format!("{to}:tag"), Before::Edge, true);
        }
        for (part, to) in repository.split('/').zip(to.split('/')) {
            if part.len() >= 5 && !WORDS.contains(&part) {
                self.add(part, to, Before::Edge, false);
            }
        }
    }

    /// A text that is no document.
    fn all(&self, text: &str) -> String {
        self.replace(text, true)
    }

    /// A document, as long as it was at least: one that is shorter than its recorded size was cut off.
    fn document(&self, text: &str) -> String {
        let masked = self.replace(text, false);
        format!("{masked:<0$}", if masked == text { 0 } else { text.chars().count() })
    }

    fn replace(&self, text: &str, parts: bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            let found = self.names.iter().filter(|name| parts || name.documents).find(|name| {
                rest.get(..name.from.len()).is_some_and(|start| start.eq_ignore_ascii_case(&name.from))
                    && name.before.allows(&text[..at])
                    && !continues(&rest[name.from.len()..])
            });
            match found {
                Some(name) => {
                    out.push_str(&name.to);
                    at += name.from.len();
                }
                None => {
                    out.push(c);
                    at += c.len_utf8();
                }
            }
        }
        out
    }

    fn hop(&self, hop: &mut Hop) {
        hop.request.url = self.all(&hop.request.url);
        hop.request.headers.iter_mut().for_each(|header| header.value = self.all(&header.value));
        match &mut hop.outcome {
            Outcome::Failed(error) => self.error(error),
            Outcome::Answered(response) => {
                response.headers.iter_mut().for_each(|header| header.value = self.all(&header.value));
                response.peer = response.peer.as_deref().map(|peer| self.all(peer));
                if let BodyEnd::Broken(error) = &mut response.body.end {
                    self.error(error);
                }
                if let Ok(text) = std::str::from_utf8(&response.body.kept) {
                    let masked = if response.status >= 300 { self.all(text) } else { self.document(text) };
                    let listed = hop.request.url.contains("/v2/_catalog");
                    let others = listed.then(|| catalog(&masked, &self.repository)).flatten();
                    let masked = others.unwrap_or(masked);
                    if masked != text {
                        response.body.kept = Bytes::from(masked);
                    }
                }
            }
        }
    }

    fn error(&self, error: &mut TransportError) {
        error.message = self.all(&error.message);
    }
}

/// Whether the name goes on: a dot or a hyphen at the end of a sentence does not make it longer.
fn continues(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some(c) if c.is_ascii_alphanumeric() || c == '_' => true,
        Some('.' | '-') => chars.next().is_some_and(|c| c.is_ascii_alphanumeric()),
        _ => false,
    }
}

fn repository(name: &str) -> String {
    let depth = name.split('/').count();
    let part = |at: usize| PARTS.get(at).map_or_else(|| format!("part-{at}"), |part| (*part).to_owned());
    (0..depth).rev().map(part).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{fixture, json};

    #[test]
    fn no_name_is_left_and_each_has_one_pseudonym() {
        let mut report = fixture::every();
        report.recording.exchanges[4].hops[0]
            .request
            .url
            .push_str("?scope=repository%3Adeepvariant-docker%2Fdeepvariant%3Apull");
        apply(&mut report.recording);
        let recording = &report.recording;
        assert_eq!(recording.target.image, "registry.example/team/app:tag");
        assert_eq!(recording.base_url, "https://registry.example");
        let urls: Vec<&str> =
            recording.exchanges.iter().flat_map(|e| &e.hops).map(|h| h.request.url.as_str()).collect();
        assert!(urls.contains(&"https://registry.example/v2/team/app/manifests/tag"), "{urls:?}");
        assert!(
            urls.contains(
                &"https://registry.example/v2/team/app/manifests/tag?scope=repository%3Ateam%2Fapp%3Apull"
            ),
            "{urls:?}"
        );
        assert!(urls.iter().any(|url| url.starts_with("https://host-1.example/x?")), "{urls:?}");
        // Facts alone: the words of the fixture's findings were made by hand from the true names.
        report.findings.clear();
        report.recommended = None;
        let text = json::render(&report);
        for name in ["gcr.io", "deepvariant", "0.5.0", "cdn.example"] {
            assert!(!text.contains(name), "{name} in {text}");
        }
        apply(&mut report.recording);
        assert_eq!(json::render(&report), text, "twice is once");
        json::read(text.as_bytes()).unwrap();
    }

    #[test]
    fn words_that_only_look_like_a_name_stay() {
        let mut report = fixture::report("quay.io:8443/a/json:1", crate::report::Outcome::Works);
        let url = "https://quay.io:8443/v2/a/json/manifests/1";
        let body = br#"{"schemaVersion":1,"name":"a/json","tag":"1","x":"application/json"}"#;
        let hop = crate::render::fixture::answered(url, "application/json", 200, &[], body, 0.0);
        report.recording.exchanges = vec![crate::exchange::Exchange {
            id: crate::exchange::ExchangeId("x0001".into()),
            purpose: crate::exchange::Purpose::Cell,
            hops: vec![hop],
        }];
        apply(&mut report.recording);
        let hop = &report.recording.exchanges[0].hops[0];
        assert_eq!(hop.request.url, "https://registry.example:8443/v2/team/app/manifests/tag");
        assert_eq!(hop.request.headers[0].value, "application/json");
        let Outcome::Answered(response) = &hop.outcome else { panic!() };
        assert_eq!(
            std::str::from_utf8(&response.body.kept).unwrap(),
            r#"{"schemaVersion":1,"name":"team/app","tag":"tag","x":"application/json"}"#
        );
    }
}
