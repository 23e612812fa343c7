//! What the registry's challenges taught: how to identify, per repository, and what stood in the way.

use std::collections::BTreeMap;
use std::fmt;

use url::Url;

use super::super::realm::{self, Realm};
use super::super::secret::{Found, Secret};
use super::super::token::{TokenSpec, clip};
use crate::oci::challenge::Challenge;
use crate::recording::Access;

/// A registry that sends a new line each time must not fill our memory.
const CHALLENGES: usize = 32;

/// A Bearer challenge, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BearerChallenge {
    /// The token endpoint, as written by the registry.
    pub realm: String,
    /// `service`, where there is one.
    pub service: Option<String>,
    /// `scope`, where there is one.
    pub scope: Option<String>,
}

/// How to identify.
#[derive(Debug, Clone)]
pub(super) enum Way {
    Bearer(BearerWay),
    Basic,
    /// With the token that was given to us, whatever was asked.
    Given,
}

impl Way {
    fn scheme(&self) -> &'static str {
        match self {
            Way::Bearer(_) | Way::Given => "bearer",
            Way::Basic => "basic",
        }
    }
}

/// A Bearer challenge whose realm may be asked.
#[derive(Debug, Clone)]
pub(super) struct BearerWay {
    pub(super) challenge: BearerChallenge,
    realm: Realm,
}

impl BearerWay {
    pub(super) fn spec(&self, repository: &str) -> TokenSpec {
        TokenSpec {
            realm: self.realm.clone(),
            service: self.challenge.service.clone(),
            scopes: TokenSpec::scopes(self.challenge.scope.as_deref(), repository),
        }
    }
}

/// `error` and `error_description` of a challenge (RFC 6750, section 3).
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    error: String,
    description: Option<String>,
}

impl Refusal {
    /// Rights do not come with a newer token.
    pub(super) fn is_about_rights(&self) -> bool {
        self.error == "insufficient_scope"
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error=\"{}\"", clip(&self.error))?;
        self.description.iter().try_for_each(|text| write!(f, " ({})", clip(text)))
    }
}

struct Entry {
    way: Way,
    /// Learned from a challenge to a request that carried credentials: some registries then name another
    /// realm that leads nowhere, so that the first challenge without them replaces it.
    provisional: bool,
}

/// Everything learned so far.
#[derive(Default)]
pub(super) struct Learned {
    by_repository: BTreeMap<String, Entry>,
    general: Option<Entry>,
    challenges: Vec<String>,
    unknown: Option<String>,
    /// With the repository it concerns, or none where it concerns the registry.
    problems: Vec<(Option<String>, String)>,
}

impl Learned {
    /// The way for this repository, or the registry's where it was not challenged yet.
    pub(super) fn way(&self, repository: &str) -> Option<Way> {
        self.by_repository.get(repository).or(self.general.as_ref()).map(|entry| entry.way.clone())
    }

    /// The Bearer way that was learned first of all.
    pub(super) fn bearer(&self) -> Option<&BearerWay> {
        self.general.iter().chain(self.by_repository.values()).find_map(|entry| match &entry.way {
            Way::Bearer(way) => Some(way),
            _ => None,
        })
    }

    /// Keeps a challenge line for the record.
    pub(super) fn record(&mut self, line: String) {
        if self.challenges.len() < CHALLENGES && !self.challenges.contains(&line) {
            self.challenges.push(line);
        }
    }

    /// Takes in the challenges of a 401, and says how to go on.
    pub(super) fn learn(
        &mut self,
        repository: &str,
        lines: &[String],
        authenticated: bool,
        found: &Found,
        registry: Option<&Url>,
    ) -> Result<(Way, Option<Refusal>), String> {
        let challenges: Vec<Challenge> = lines.iter().flat_map(|line| Challenge::parse_line(line)).collect();
        let refusal = challenges.iter().find_map(|c| {
            let error = c.param("error").filter(|e| !e.is_empty())?.to_owned();
            Some(Refusal { error, description: c.param("error_description").map(str::to_owned) })
        });
        let known = self.by_repository.get(repository).or(self.general.as_ref());
        let trusted = known.filter(|entry| authenticated && !entry.provisional);
        if let Some(entry) = trusted {
            return Ok((with_scope_of(entry.way.clone(), &challenges, repository), refusal));
        }
        match choose(&challenges, found, registry) {
            Ok((way, passed_over)) => {
                self.warn_of_downgrade(&way, found, registry);
                passed_over.into_iter().for_each(|why| self.warn(why));
                self.keep(repository, &way, authenticated);
                Ok((way, refusal))
            }
            // No challenge on a resource, where another answer had one: that one counts.
            Err(_) if known.is_some() && challenges.is_empty() => {
                let way = known.map(|entry| entry.way.clone());
                way.map(|way| (way, refusal)).ok_or_else(String::new)
            }
            Err((unknown, why)) => {
                self.unknown = self.unknown.take().or(unknown);
                self.problem(repository, why.clone());
                Err(why)
            }
        }
    }

    fn keep(&mut self, repository: &str, way: &Way, provisional: bool) {
        if self.general.as_ref().is_none_or(|entry| entry.provisional && !provisional) {
            self.general = Some(Entry { way: way.clone(), provisional });
        }
        self.by_repository.insert(repository.to_owned(), Entry { way: way.clone(), provisional });
    }

    fn warn_of_downgrade(&mut self, way: &Way, found: &Found, registry: Option<&Url>) {
        let Way::Bearer(bearer) = way else { return };
        let plain = realm::is_downgrade(&bearer.realm.url, registry);
        if plain || (found.secret.is_some() && !bearer.realm.credentials) {
            let of = if plain { " of an https registry" } else { "" };
            let but = if found.secret.is_some() { ": no credentials were sent to it" } else { "" };
            self.warn(format!("the token endpoint {}{of} is plain http{but}", bearer.realm.url));
        }
    }

    /// Something is wrong with what the registry asks, whatever the repository.
    fn warn(&mut self, text: String) {
        if self.problems.len() < CHALLENGES && !self.problems.iter().any(|(_, known)| *known == text) {
            self.problems.push((None, text));
        }
    }

    /// Something stood in the way of a token for this repository.
    pub(super) fn problem(&mut self, repository: &str, text: String) {
        let problem = (Some(repository.to_owned()), text);
        if self.problems.len() < CHALLENGES && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// A token was granted in the end.
    pub(super) fn solved(&mut self, repository: &str) {
        self.problems.retain(|(of, _)| of.as_deref() != Some(repository));
    }

    /// For a recording. `of` chooses the problem: one repository's, any (`Some(None)`), or only the registry's.
    pub(super) fn access(&self, source: &str, of: Option<Option<&str>>) -> Access {
        let ways = || self.general.iter().chain(self.by_repository.values()).map(|e| e.way.scheme());
        let scheme = match ways().min_by_key(|scheme| *scheme != "bearer") {
            Some(scheme) => scheme.to_owned(),
            None => self.unknown.clone().unwrap_or_else(|| "none".to_owned()),
        };
        let mut challenges = self.challenges.clone();
        // By arrival they would differ from run to run.
        challenges.sort();
        let fits = |problem: &&(Option<String>, String)| match (&problem.0, of) {
            (None, _) | (Some(_), Some(None)) => true,
            (Some(repository), Some(Some(wanted))) => repository == wanted,
            (Some(_), None) => false,
        };
        let mut problems: Vec<_> = self.problems.iter().filter(fits).collect();
        // What cost a token comes before what merely should not be.
        problems.sort_by_key(|(repository, _)| repository.is_none());
        let problem = problems.first().map(|(_, text)| text.clone());
        Access { scheme, source: source.to_owned(), challenges, problem }
    }
}

/// A refused request's challenge may name the scope that it lacked.
fn with_scope_of(way: Way, challenges: &[Challenge], repository: &str) -> Way {
    let Way::Bearer(mut bearer) = way else { return way };
    let scope = challenges.iter().filter(|c| c.is_bearer()).find_map(|c| c.param("scope"));
    let named = scope.filter(|s| s.split_whitespace().any(|one| names_pull(one, repository)));
    if let Some(scope) = named {
        bearer.challenge.scope = Some(scope.to_owned());
    }
    Way::Bearer(bearer)
}

fn names_pull(scope: &str, repository: &str) -> bool {
    !repository.is_empty() && TokenSpec::scopes(Some(scope), repository) == [scope]
}

/// Bearer before Basic, with the reason where Bearer was offered and could not be taken. The error holds
/// the schemes that were asked for, and why none of them serves.
fn choose(
    challenges: &[Challenge],
    found: &Found,
    registry: Option<&Url>,
) -> Result<(Way, Option<String>), (Option<String>, String)> {
    if challenges.is_empty() {
        let why = "the registry answered 401 without a challenge that can be read";
        return Err((None, why.to_owned()));
    }
    if matches!(found.secret, Secret::RegistryToken(_)) {
        return Ok((Way::Given, None));
    }
    let offered = challenges.iter().any(Challenge::is_basic);
    let basic = offered && matches!(found.secret, Secret::Basic { .. });
    let mut refused = None;
    for challenge in challenges.iter().filter(|c| c.is_bearer()) {
        let param = |name| challenge.param(name).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned);
        let Some(text) = param("realm") else {
            refused = refused.or_else(|| Some("the Bearer challenge has no realm".to_owned()));
            continue;
        };
        match realm::resolve(&text, registry) {
            Ok(realm) if basic && realm.leads_inside(registry) => {
                let why =
                    format!("the realm {:?} lies nearer to this machine than the registry", clip(&text));
                refused = refused.or(Some(why));
            }
            Ok(realm) => {
                let challenge =
                    BearerChallenge { realm: text, service: param("service"), scope: param("scope") };
                return Ok((Way::Bearer(BearerWay { challenge, realm }), None));
            }
            Err(why) => refused = refused.or(Some(why)),
        }
    }
    if basic {
        return Ok((Way::Basic, refused));
    }
    let mut schemes: Vec<String> = Vec::new();
    for scheme in challenges.iter().map(|c| clip(&c.scheme.to_ascii_lowercase())) {
        if !schemes.contains(&scheme) {
            schemes.push(scheme);
        }
    }
    let schemes = schemes.join(", ");
    let why = match refused {
        Some(why) => why,
        None if offered => {
            format!("the registry asks for basic credentials, and there are none for it ({})", found.source)
        }
        None => format!("the registry asks for {schemes}, which is not supported"),
    };
    Err((Some(schemes), why))
}
