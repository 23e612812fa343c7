//! A cell's textual id, both ways: `METHOD endpoint[/subject] accept=NAME[ key=value...]`, keys in alphabetical order.

use super::error::unknown;
use crate::exchange::{HttpVersion, Method, Redirects};
use crate::plan::{Agent, Cell, CellId, Credentials, Endpoint, Repository, Subject, Vary};

/// The keys after `accept`, in the order in which an id has them.
const KEYS: [&str; 13] = [
    "again",
    "agent",
    "digest-header",
    "encoding",
    "http",
    "if-none-match",
    "omit",
    "query",
    "range",
    "redirects",
    "repository",
    "slash",
    "token",
];

impl Cell {
    /// Its stable id; equal cells have equal ids, and different ones different ids.
    pub fn id(&self) -> CellId {
        let mut id = format!("{} {}", self.method, self.endpoint.as_str());
        if let Some(subject) = self.subject {
            id.push('/');
            id.push_str(subject.as_str());
        }
        id.push_str(" accept=");
        id.push_str(&self.accept);
        for key in KEYS {
            if let Some(value) = get(&self.vary, key) {
                id.push(' ');
                id.push_str(key);
                id.push('=');
                id.push_str(&value);
            }
        }
        CellId(id)
    }

    /// The inverse of [`Cell::id`]: canonical ids only. Whether the accept exists is for [`super::Axis`] to say.
    pub fn parse_id(id: &str) -> Result<Cell, String> {
        let mut words = id.split(' ');
        let method = parse_method(words.next().unwrap_or_default())?;
        let place = words.next().ok_or_else(|| format!("the cell {id:?} names no endpoint"))?;
        let (endpoint, subject) = match place.split_once('/') {
            Some((endpoint, subject)) => (parse_endpoint(endpoint)?, Some(parse_subject(subject)?)),
            None => (parse_endpoint(place)?, None),
        };
        let accept = words.next().and_then(|w| w.strip_prefix("accept=")).filter(|name| !name.is_empty());
        let accept =
            accept.ok_or_else(|| format!("the cell {id:?} has no accept=NAME after its endpoint"))?;
        let mut vary = Vary::default();
        for word in words {
            let (key, value) = word.split_once('=').ok_or_else(|| format!("{word:?} is not key=value"))?;
            set(&mut vary, key, value)?;
        }
        let cell = Cell { method, endpoint, subject, accept: accept.to_owned(), vary };
        check(&cell)?;
        let canonical = cell.id().0;
        if canonical == id {
            Ok(cell)
        } else {
            Err(format!(
                "the cell is written {canonical:?}, with its keys in alphabetical order and once each"
            ))
        }
    }
}

pub(crate) fn parse_method(text: &str) -> Result<Method, String> {
    let asks = |method: &Method| matches!(method, Method::Get | Method::Head | Method::Post);
    Method::parse(text).filter(asks).ok_or_else(|| unknown("method", text, ["GET", "HEAD", "POST"]))
}

pub(crate) fn parse_endpoint(text: &str) -> Result<Endpoint, String> {
    Endpoint::parse(text).ok_or_else(|| unknown("endpoint", text, Endpoint::ALL.map(Endpoint::as_str)))
}

pub(crate) fn parse_subject(text: &str) -> Result<Subject, String> {
    Subject::parse(text).ok_or_else(|| unknown("subject", text, Subject::ALL.map(Subject::as_str)))
}

/// Whether method, endpoint and subject make a request at all.
pub(crate) fn check(cell: &Cell) -> Result<(), String> {
    let endpoint = cell.endpoint.as_str();
    let takes_subject = matches!(cell.endpoint, Endpoint::Manifests | Endpoint::Blobs | Endpoint::Referrers);
    if takes_subject && cell.subject.is_none() {
        return Err(format!("{endpoint} needs a subject"));
    }
    if !takes_subject && cell.subject.is_some() {
        return Err(format!("{endpoint} takes no subject"));
    }
    if cell.method == Method::Post && cell.endpoint != Endpoint::Token {
        return Err(format!("POST goes to the token endpoint only, not to {endpoint}"));
    }
    if cell.vary.omit.is_some() && cell.endpoint != Endpoint::Token {
        return Err(format!("omit is for the token endpoint, not for {endpoint}"));
    }
    if cell.vary.no_slash && cell.endpoint != Endpoint::Ping {
        return Err(format!("slash is for ping, not for {endpoint}"));
    }
    Ok(())
}

/// The value of a key, or `None` where it is as in the plain request.
fn get(vary: &Vary, key: &str) -> Option<String> {
    let role = |subject: Option<Subject>| subject.map(|s| s.as_str().to_owned());
    let word = |word: &str| Some(word.to_owned());
    match key {
        "again" if vary.again > 0 => Some(vary.again.to_string()),
        "agent" if vary.agent == Agent::Docker => word("docker"),
        "digest-header" => role(vary.digest_header),
        "encoding" => vary.encoding.clone(),
        "http" => match vary.http? {
            HttpVersion::Http10 => word("1.0"),
            HttpVersion::Http11 => word("1.1"),
            HttpVersion::Http2 => word("2"),
        },
        "if-none-match" => role(vary.if_none_match),
        "omit" => vary.omit.clone(),
        "query" => vary.query.clone(),
        "range" => vary.range.clone(),
        "redirects" => match vary.redirects {
            Redirects::Follow => None,
            Redirects::Stop => word("stop"),
            Redirects::Anonymous => word("anonymous"),
        },
        "repository" => match vary.repository {
            Repository::Target => None,
            Repository::Absent => word("absent"),
            Repository::Library => word("library"),
            Repository::Upper => word("upper"),
        },
        "slash" if vary.no_slash => word("no"),
        "token" => match vary.token {
            Credentials::Normal => None,
            Credentials::None => word("none"),
            Credentials::JunkBearer => word("junk-bearer"),
            Credentials::JunkBasic => word("junk-basic"),
        },
        _ => None,
    }
}

/// Sets what a key says; the inverse of [`get`].
pub(crate) fn set(vary: &mut Vary, key: &str, value: &str) -> Result<(), String> {
    match key {
        "again" => match value.parse::<u8>() {
            Ok(n) if n >= 2 => vary.again = n,
            _ => return Err(format!("again={value} is not the number of a repetition, 2 to 255")),
        },
        "agent" => vary.agent = one_of(key, value, &[("docker", Agent::Docker)])?,
        "digest-header" => vary.digest_header = Some(parse_subject(value)?),
        "encoding" => {
            vary.encoding = Some(one_of(key, value, &[("gzip", "gzip"), ("identity", "identity")])?.into())
        }
        "http" => {
            vary.http = Some(one_of(key, value, &[("1.1", HttpVersion::Http11), ("2", HttpVersion::Http2)])?)
        }
        "if-none-match" => vary.if_none_match = Some(parse_subject(value)?),
        "omit" => vary.omit = Some(one_of(key, value, &[("scope", "scope"), ("service", "service")])?.into()),
        "query" => vary.query = Some(solid(key, value)?),
        "range" => vary.range = Some(solid(key, value)?),
        "redirects" => {
            let known = [("anonymous", Redirects::Anonymous), ("stop", Redirects::Stop)];
            vary.redirects = one_of(key, value, &known)?;
        }
        "repository" => {
            let known = [
                ("absent", Repository::Absent),
                ("library", Repository::Library),
                ("upper", Repository::Upper),
            ];
            vary.repository = one_of(key, value, &known)?;
        }
        "slash" => vary.no_slash = one_of(key, value, &[("no", true)])?,
        "token" => {
            let known = [
                ("junk-basic", Credentials::JunkBasic),
                ("junk-bearer", Credentials::JunkBearer),
                ("none", Credentials::None),
            ];
            vary.token = one_of(key, value, &known)?;
        }
        _ => return Err(unknown("key", key, KEYS)),
    }
    Ok(())
}

fn one_of<T: Copy>(key: &str, value: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(word, _)| *word == value);
    found.map(|(_, t)| *t).ok_or_else(|| unknown(key, value, known.iter().map(|(word, _)| *word)))
}

/// Free text that can stand in an id, in a URL and in a header.
fn solid(key: &str, value: &str) -> Result<String, String> {
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(value.to_owned())
    } else {
        Err(format!("{key}={value:?} must be visible ASCII without blanks"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn subject() -> impl Strategy<Value = Subject> {
        proptest::sample::select(Subject::ALL.to_vec())
    }

    fn vary() -> impl Strategy<Value = Vary> {
        let words = (
            proptest::option::of(subject()),
            proptest::option::of(proptest::sample::select(vec!["gzip".to_owned(), "identity".to_owned()])),
            proptest::option::of("[!-~]{1,12}"),
            proptest::option::of(subject()),
            proptest::option::of("[!-~]{1,12}"),
        );
        let choices = (
            proptest::sample::select(vec![
                Credentials::Normal,
                Credentials::None,
                Credentials::JunkBearer,
                Credentials::JunkBasic,
            ]),
            proptest::sample::select(vec![Agent::Own, Agent::Docker]),
            proptest::sample::select(vec![Redirects::Follow, Redirects::Stop, Redirects::Anonymous]),
            proptest::option::of(proptest::sample::select(vec![HttpVersion::Http11, HttpVersion::Http2])),
            proptest::sample::select(vec![
                Repository::Target,
                Repository::Absent,
                Repository::Library,
                Repository::Upper,
            ]),
            prop_oneof![Just(0u8), 2u8..],
        );
        (words, choices).prop_map(|((digest_header, encoding, range, if_none_match, query), choices)| {
            let (token, agent, redirects, http, repository, again) = choices;
            let base = Vary { token, agent, redirects, http, repository, again, ..Vary::default() };
            Vary { digest_header, encoding, range, if_none_match, query, ..base }
        })
    }

    proptest! {
        #[test]
        fn an_id_and_its_cell_are_one(
            head in any::<bool>(),
            blobs in any::<bool>(),
            subject in subject(),
            accept in "[a-z0-9-]{1,10}",
            vary in vary(),
        ) {
            let method = if head { Method::Head } else { Method::Get };
            let endpoint = if blobs { Endpoint::Blobs } else { Endpoint::Manifests };
            let cell = Cell { method, endpoint, subject: Some(subject), accept, vary };
            prop_assert_eq!(Cell::parse_id(&cell.id().0), Ok(cell));
        }

        #[test]
        fn what_parses_is_canonical(text in "\\PC{0,60}") {
            if let Ok(cell) = Cell::parse_id(&text) {
                prop_assert_eq!(cell.id().0, text);
            }
        }
    }

    #[test]
    fn keys_stand_in_alphabetical_order() {
        assert!(KEYS.is_sorted());
        let id = "GET blobs/layer accept=none again=2 encoding=gzip range=0-0,2-2 redirects=stop token=none";
        assert_eq!(Cell::parse_id(id).map(|c| c.id().0), Ok(id.to_owned()));
        for id in [
            "GET ping accept=none slash=no",
            "POST token accept=none omit=scope",
            "GET tags accept=json query=n=1",
        ] {
            assert_eq!(Cell::parse_id(id).map(|c| c.id().0), Ok(id.to_owned()));
        }
    }

    #[test]
    fn every_fault_is_told() {
        let faults = [
            "",
            "PUT manifests/tag accept=all",
            "GET",
            "GET manifest/tag accept=all",
            "GET manifests/conifg accept=all",
            "GET manifests accept=all",
            "GET tags/tag accept=all",
            "POST manifests/tag accept=all",
            "GET manifests/tag",
            "GET manifests/tag accept=",
            "GET manifests/tag accept=all tokne=none",
            "GET manifests/tag accept=all token=nothing-at-all",
            "GET manifests/tag accept=all token=none again=2",
            "GET manifests/tag accept=all again=1",
            "GET manifests/tag accept=all omit=scope",
            "GET manifests/tag accept=all slash=no",
            "GET manifests/tag accept=all query=",
            "GET manifests/tag  accept=all",
        ];
        let told: Vec<String> =
            faults.iter().map(|id| format!("{id:?}: {}", Cell::parse_id(id).unwrap_err())).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
    "": unknown method ""; known: GET, HEAD, POST
    "PUT manifests/tag accept=all": unknown method "PUT"; known: GET, HEAD, POST
    "GET": the cell "GET" names no endpoint
    "GET manifest/tag accept=all": unknown endpoint "manifest"; did you mean "manifests"?
    "GET manifests/conifg accept=all": unknown subject "conifg"; did you mean "config"?
    "GET manifests accept=all": manifests needs a subject
    "GET tags/tag accept=all": tags takes no subject
    "POST manifests/tag accept=all": POST goes to the token endpoint only, not to manifests
    "GET manifests/tag": the cell "GET manifests/tag" has no accept=NAME after its endpoint
    "GET manifests/tag accept=": the cell "GET manifests/tag accept=" has no accept=NAME after its endpoint
    "GET manifests/tag accept=all tokne=none": unknown key "tokne"; did you mean "token"?
    "GET manifests/tag accept=all token=nothing-at-all": unknown token "nothing-at-all"; known: junk-basic, junk-bearer, none
    "GET manifests/tag accept=all token=none again=2": the cell is written "GET manifests/tag accept=all again=2 token=none", with its keys in alphabetical order and once each
    "GET manifests/tag accept=all again=1": again=1 is not the number of a repetition, 2 to 255
    "GET manifests/tag accept=all omit=scope": omit is for the token endpoint, not for manifests
    "GET manifests/tag accept=all slash=no": slash is for ping, not for manifests
    "GET manifests/tag accept=all query=": query="" must be visible ASCII without blanks
    "GET manifests/tag  accept=all": the cell "GET manifests/tag  accept=all" has no accept=NAME after its endpoint
    "#);
    }
}
