//! Findings: what was seen, what to do, the failing request beside the working one, and every cell that shows it.

use super::context::{Context, Link};
use super::text;
use crate::diagnosis::{Finding, Severity, Whose};
use crate::plan::Endpoint;
use crate::report::Did;

/// No rule nests deeper; a bound all the same.
const DEPTH: usize = 4;

/// Requests shown side by side; the rest is folded.
const BESIDE: usize = 2;

/// Cells linked before the rest is folded.
const CELLS: usize = 6;

pub(super) struct FindingView {
    /// The page's number.
    pub(super) n: usize,
    pub(super) id: String,
    pub(super) severity: &'static str,
    pub(super) sign: &'static str,
    pub(super) title: String,
    /// `the registry's fault, certain`
    pub(super) about: String,
    pub(super) explanation: String,
    pub(super) remedy: String,
    pub(super) requests: Vec<Request>,
    pub(super) more_requests: Vec<Request>,
    pub(super) cells: Vec<Link>,
    pub(super) more_cells: Vec<Link>,
    pub(super) references: Vec<Reference>,
    pub(super) children: Vec<Child>,
}

pub(super) struct Request {
    pub(super) link: Option<Link>,
    pub(super) curl: String,
}

pub(super) struct Reference {
    pub(super) text: String,
    /// Whether the text is a link that may be followed.
    pub(super) url: bool,
}

pub(super) struct Child {
    pub(super) depth: usize,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) explanation: String,
    pub(super) cells: Vec<Link>,
}

pub(super) fn build(context: &Context<'_>) -> Vec<FindingView> {
    context.findings.iter().enumerate().map(|(n, f)| one(context.first.findings + n, f, context)).collect()
}

fn one(n: usize, finding: &Finding, context: &Context<'_>) -> FindingView {
    let mut requests = requests(finding, context);
    let more_requests = requests.split_off(requests.len().min(BESIDE));
    let mut cells: Vec<Link> = finding.evidence.iter().map(|id| context.link(id)).collect();
    let more_cells = cells.split_off(cells.len().min(CELLS));
    let mut children = Vec::new();
    flatten(&finding.children, 1, context, &mut children);
    FindingView {
        n,
        id: text::line(finding.id),
        severity: finding.severity.as_str(),
        sign: match finding.severity {
            Severity::Broken => "✘",
            Severity::Warning => "▲",
            Severity::Note => "·",
        },
        title: text::line(&finding.title),
        about: format!("{} · {}", whose(finding.whose), finding.confidence.as_str()),
        explanation: text::line(&finding.explanation),
        remedy: text::line(&finding.remedy),
        requests,
        more_requests,
        cells,
        more_cells,
        references: finding.references.iter().map(|r| reference(r)).collect(),
        children,
    }
}

fn whose(whose: Whose) -> &'static str {
    match whose {
        Whose::Registry => "for the registry to change",
        Whose::Proxy => "for something in between to change",
        Whose::Request => "for the client's request to change",
        Whose::Image => "for the image to change",
        Whose::Credentials => "for the credentials to change",
    }
}

/// The pasted lines belong to the first cells of the evidence that were sent, in their order.
fn requests(finding: &Finding, context: &Context<'_>) -> Vec<Request> {
    let sent = |id: &&crate::plan::CellId| {
        context.cell(id).is_some_and(|c| {
            c.endpoint != Endpoint::Token
                && !matches!(c.did, Did::NotTried(_))
                && context.exchange(c).is_some()
        })
    };
    let sent: Vec<_> = finding.evidence.iter().filter(sent).collect();
    let named = sent.len() >= finding.reproduce.len();
    let line = |(n, line): (usize, &String)| Request {
        link: sent.get(n).filter(|_| named).map(|id| context.link(id)),
        curl: text::line(line),
    };
    finding.reproduce.iter().enumerate().map(line).collect()
}

fn reference(reference: &str) -> Reference {
    let text = text::line(reference);
    // What had to be made visible is no address any more.
    let url = text.starts_with("https://") && text == reference && !text.contains(char::is_whitespace);
    Reference { url, text }
}

fn flatten(children: &[Finding], depth: usize, context: &Context<'_>, all: &mut Vec<Child>) {
    if depth > DEPTH {
        return;
    }
    for child in children {
        all.push(Child {
            depth,
            id: text::line(child.id),
            title: text::line(&child.title),
            explanation: text::line(&child.explanation),
            cells: child.evidence.iter().take(CELLS).map(|id| context.link(id)).collect(),
        });
        flatten(&child.children, depth + 1, context, all);
    }
}
