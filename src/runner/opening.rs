//! The first few cells go before all others: where they agree that access is denied, that the registry is down, that
//! this is no registry or that the repository is unknown, hundreds of further requests would say the same.
//!
//! As soon as one of them is served, or two of them disagree, the rest of the plan is released.

use crate::exchange::{Method, Response};
use crate::oci::document::{BodyKind, classify};
use crate::oci::error_body::ErrorBody;
use crate::plan::{Agent, Cell, Credentials, Endpoint, Repository, Subject, Vary};

/// What an answer says about the registry as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// 401 or 403.
    Denied(u16),
    /// A 5xx that a working registry would not send.
    Fault(u16),
    /// Nothing of it looks like a registry.
    Foreign(u16),
    /// 404, and the repository is what is unknown (`NAME_UNKNOWN`, OCI distribution spec, error codes).
    NoRepository,
    /// 404 in a registry's form.
    NotFound,
    /// A 4xx to HEAD: there is no body to look at.
    Bare(u16),
    /// Anything that only a registry which works for us would answer.
    Served,
    /// Nothing that fits the others.
    Other,
}

/// What the first answers agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreement {
    Denied(u16),
    Fault(u16),
    Foreign(u16),
    Repository,
}

impl Agreement {
    fn fits(self, sign: Sign) -> bool {
        match self {
            Agreement::Denied(_) => matches!(sign, Sign::Denied(_)),
            Agreement::Fault(_) => matches!(sign, Sign::Fault(_)),
            Agreement::Foreign(_) => matches!(sign, Sign::Foreign(_) | Sign::Bare(_)),
            Agreement::Repository => matches!(sign, Sign::NoRepository | Sign::NotFound | Sign::Bare(404)),
        }
    }

    fn reason(self, answers: usize) -> String {
        let what = match self {
            Agreement::Denied(status) => format!("access is denied ({status})"),
            Agreement::Fault(status) => format!("the registry or a proxy in front of it fails ({status})"),
            Agreement::Foreign(status) => format!("what answers is not a registry ({status})"),
            Agreement::Repository => "the repository is not found (404)".to_owned(),
        };
        format!("the first {answers} answers agree: {what}")
    }
}

/// Which cells go first, and what they were answered.
#[derive(Debug)]
pub(super) struct Opening {
    /// Those under way or to come, with what was answered.
    asked: Vec<(usize, Option<Sign>)>,
    ping: Option<usize>,
    agreed: Option<Agreement>,
    over: bool,
    conclusion: Option<String>,
}

impl Opening {
    /// The ping, the reference by HEAD and by GET, and a tag that does not exist, as far as the plan has them. A plan
    /// without two requests for manifests has no opening.
    pub(super) fn new(cells: &[Cell], named: Subject) -> Opening {
        let find = |method, endpoint, subject, accept: &str| {
            cells.iter().position(|c| {
                *c == Cell { method, endpoint, subject, accept: accept.to_owned(), vary: Vary::default() }
            })
        };
        let ping = find(Method::Get, Endpoint::Ping, None, "none");
        let manifest = |method, subject| find(method, Endpoint::Manifests, Some(subject), "all");
        let manifests = [
            manifest(Method::Head, named),
            manifest(Method::Get, named),
            manifest(Method::Get, Subject::AbsentTag),
        ];
        let over = manifests.iter().flatten().count() < 2 || ping.is_none();
        let asked = [ping].into_iter().chain(manifests).flatten().map(|i| (i, None)).collect();
        Opening { asked, ping, agreed: None, over, conclusion: None }
    }

    /// The cells that go first, in order.
    pub(super) fn first(&self) -> impl Iterator<Item = usize> {
        self.asked.iter().map(|(index, _)| *index)
    }

    /// Whether a cell may go now.
    pub(super) fn allows(&self, index: usize) -> bool {
        self.over || self.asked.iter().any(|(i, _)| *i == index)
    }

    /// Why nothing more need be asked, once that is known.
    pub(super) fn conclusion(&self) -> Option<&str> {
        self.conclusion.as_deref()
    }

    /// The rest of the plan is released.
    pub(super) fn end(&mut self) {
        self.over = true;
    }

    /// A cell was answered, with `None` where no answer came.
    pub(super) fn saw(&mut self, index: usize, response: Option<&Response>, cells: &[Cell]) {
        if self.over {
            return;
        }
        let Some(slot) = self.asked.iter_mut().find(|(i, _)| *i == index) else { return };
        let sign = response.map_or(Sign::Other, |response| sign(&cells[index], response));
        slot.1 = Some(sign);
        let served = sign == Sign::Served && Some(index) != self.ping;
        let breaks = self.agreed.is_some_and(|agreed| !agreed.fits(sign));
        if served || breaks || sign == Sign::Other {
            self.over = true;
            return;
        }
        self.weigh(cells);
    }

    /// A cell will not be asked.
    pub(super) fn left(&mut self, index: usize, cells: &[Cell]) {
        if !self.over && self.asked.iter().any(|(i, sign)| *i == index && sign.is_none()) {
            self.asked.retain(|(i, _)| *i != index);
            self.weigh(cells);
        }
    }

    fn weigh(&mut self, cells: &[Cell]) {
        if self.asked.iter().any(|(_, sign)| sign.is_none()) {
            return;
        }
        if let Some(agreed) = self.agreed {
            // A tag that is missing is another matter: then the repository may hold others.
            let settled = agreed != Agreement::Repository
                || self.asked.iter().any(|(_, sign)| *sign == Some(Sign::NoRepository));
            self.conclusion = settled.then(|| agreed.reason(self.asked.len()));
            self.over = true;
            return;
        }
        let Some(agreed) = self.agreement() else {
            self.over = true;
            return;
        };
        self.agreed = Some(agreed);
        let more = follow_ups(agreed, cells);
        let known: Vec<usize> = self.first().collect();
        self.asked.extend(more.into_iter().filter(|i| !known.contains(i)).map(|i| (i, None)));
        self.weigh_again(cells);
    }

    fn weigh_again(&mut self, cells: &[Cell]) {
        if self.asked.iter().all(|(_, sign)| sign.is_some()) {
            self.weigh(cells);
        }
    }

    fn agreement(&self) -> Option<Agreement> {
        let ping = self.asked.iter().find(|(i, _)| Some(*i) == self.ping).and_then(|(_, sign)| *sign);
        let others: Vec<Sign> =
            self.asked.iter().filter(|(i, _)| Some(*i) != self.ping).filter_map(|(_, sign)| *sign).collect();
        if others.len() < 2 {
            return None;
        }
        let all = |agreement: Agreement| others.iter().all(|sign| agreement.fits(*sign)).then_some(agreement);
        let first = |pick: fn(&Sign) -> Option<u16>| others.iter().find_map(pick);
        let denied = |sign: &Sign| if let Sign::Denied(status) = sign { Some(*status) } else { None };
        let fault = |sign: &Sign| if let Sign::Fault(status) = sign { Some(*status) } else { None };
        let foreign = |sign: &Sign| if let Sign::Foreign(status) = sign { Some(*status) } else { None };
        if let Some(status) = first(denied) {
            return all(Agreement::Denied(status));
        }
        match ping {
            Some(Sign::Fault(_)) => all(Agreement::Fault(first(fault)?)),
            Some(Sign::Foreign(_)) => all(Agreement::Foreign(first(foreign)?)),
            Some(Sign::Served) => all(Agreement::Repository),
            _ => None,
        }
    }
}

/// What could still be answered otherwise.
fn follow_ups(agreed: Agreement, cells: &[Cell]) -> Vec<usize> {
    let plain = Vary::default();
    let anonymous = Vary { token: Credentials::None, ..Vary::default() };
    let junk = Vary { token: Credentials::JunkBearer, ..Vary::default() };
    let docker = Vary { agent: Agent::Docker, ..Vary::default() };
    let elsewhere = Vary { repository: Repository::Absent, ..Vary::default() };
    let library = Vary { repository: Repository::Library, ..Vary::default() };
    const NAMED: &[Option<Subject>] = &[None, Some(Subject::Tag), Some(Subject::Digest)];
    const NOWHERE: &[Option<Subject>] = &[Some(Subject::AbsentDigest)];
    let manifests = |accept, vary| (Endpoint::Manifests, NAMED, accept, vary);
    let wanted: Vec<(Endpoint, &[Option<Subject>], &str, &Vary)> = match agreed {
        // Is the repository hidden, are the credentials in the way, is the client, the token endpoint, the token?
        Agreement::Denied(_) => vec![
            manifests("all", &elsewhere),
            manifests("all", &anonymous),
            manifests("all", &docker),
            (Endpoint::Token, NAMED, "none", &plain),
            manifests("all", &junk),
        ],
        Agreement::Fault(_) => vec![manifests("none", &plain)],
        Agreement::Foreign(_) => vec![
            manifests("none", &plain),
            manifests("all", &docker),
            manifests("all", &elsewhere),
            (Endpoint::Manifests, NOWHERE, "all", &plain),
        ],
        // An image that is only served to clients which name its type is not missing, nor is one under library/.
        Agreement::Repository => vec![
            (Endpoint::Tags, NAMED, "json", &plain),
            manifests("none", &plain),
            manifests("docker-manifest", &plain),
            manifests("oci-index", &plain),
            manifests("all", &library),
        ],
    };
    let find = |(endpoint, subjects, accept, vary): &(Endpoint, &[Option<Subject>], &str, &Vary)| {
        cells.iter().position(|c| {
            c.method == Method::Get
                && c.endpoint == *endpoint
                && subjects.contains(&c.subject)
                && c.accept == *accept
                && c.vary == **vary
        })
    };
    wanted.iter().filter_map(find).collect()
}

fn sign(cell: &Cell, response: &Response) -> Sign {
    let status = response.status;
    let kind = classify(&response.body.kept, response.header("content-type"));
    let registry =
        response.header("docker-distribution-api-version").is_some_and(|v| v.starts_with("registry/"));
    match status {
        // Whether a token is granted says nothing about what it is good for.
        _ if cell.endpoint == Endpoint::Token => Sign::Denied(status),
        401 | 403 => Sign::Denied(status),
        429 | 501 | 505 | 511 => Sign::Other,
        500..=599 => Sign::Fault(status),
        400..=499 if cell.method == Method::Head => Sign::Bare(status),
        404 if kind == BodyKind::Error => match ErrorBody::parse(&response.body.kept) {
            Some(body) if body.entries.iter().any(|e| e.code.as_deref() == Some("NAME_UNKNOWN")) => {
                Sign::NoRepository
            }
            _ => Sign::NotFound,
        },
        200..=299 if cell.endpoint == Endpoint::Ping => {
            let usual = matches!(kind, BodyKind::Empty | BodyKind::Json) && response.body.size <= 64;
            if registry || usual { Sign::Served } else { Sign::Foreign(status) }
        }
        200..=299 if cell.method == Method::Head => {
            let html = response.header("content-type").is_some_and(|t| t.starts_with("text/html"));
            if html { Sign::Bare(status) } else { Sign::Served }
        }
        200..=299 | 400..=499 if !registry => match kind {
            BodyKind::Html | BodyKind::Text | BodyKind::Empty | BodyKind::Json | BodyKind::Other => {
                Sign::Foreign(status)
            }
            BodyKind::Error => Sign::Other,
            _ => Sign::Served,
        },
        200..=299 => Sign::Served,
        _ => Sign::Other,
    }
}
