//! Comparisons made by hand, with every kind of group, for the tests of their formats.

use crate::compare::check::{Checked, Excused, Flaky, Passed};
use crate::compare::expect::Unmet;
use crate::compare::{Cause, Diff, Direction, Group, PathChange, Side, Transition};
use crate::diagnosis::Severity;
use crate::plan::CellId;
use crate::report::Verdict;

fn side(text: &str, created: &str) -> Side {
    Side {
        image: format!("registry.example/app:1{text}"),
        base_url: format!("https://registry.example{text}"),
        created: created.to_owned(),
        suite: format!("standard{text}"),
        shape: Some("OCI image"),
    }
}

/// A group with a cause, cells, and a path; `text` is in everything that a stranger may have written.
pub(crate) fn caused(direction: Direction, text: &str) -> Group {
    let appeared = direction >= Direction::Untold;
    Group {
        direction,
        title: format!("HEAD of manifests is refused {text}"),
        cause: Some(Cause {
            id: "head-405",
            severity: Severity::Warning,
            appeared,
            title: format!("HEAD of manifests is refused {text}"),
            also: vec![("dcd-missing-everywhere", appeared)],
        }),
        shared: vec!["HEAD".to_owned(), format!("manifests{text}")],
        transitions: vec![Transition {
            before: format!("200 type=oci-manifest {text}"),
            after: format!("405 - code={text}"),
            direction,
            cells: vec![
                CellId("HEAD manifests/tag accept=all".to_owned()),
                CellId(format!("HEAD manifests/digest {text}")),
            ],
        }],
        paths: vec![PathChange {
            id: format!("oci-manifest{text}"),
            before: Verdict::Works,
            after: Verdict::Fails,
            direction,
            why: format!("HEAD answered 405 {text}"),
            step: Some(CellId("HEAD manifests/tag accept=all".to_owned())),
        }],
    }
}

/// A group that no finding explains.
pub(crate) fn bare(direction: Direction, text: &str) -> Group {
    let mut group = caused(direction, text);
    group.cause = None;
    group.paths.clear();
    group.title = format!("GET tags: 200 → 404 {text}");
    group
}

/// One group of every direction, with a cause and without.
pub(crate) fn diff(text: &str) -> Diff {
    let directions = [Direction::Regression, Direction::Untold, Direction::Change, Direction::Improvement];
    Diff {
        before: side(text, "2026-01-02T03:04:05Z"),
        after: side(text, "2026-02-03T04:05:06Z"),
        remarks: vec![format!("the suites differ {text}")],
        groups: directions.into_iter().flat_map(|d| [caused(d, text), bare(d, text)]).collect(),
        compared: 533,
        changed: 16,
        partial: false,
    }
}

fn unmet(told: bool, text: &str) -> Unmet {
    Unmet {
        expected: format!("cell GET manifests/tag accept=all: status 200 {text}"),
        seen: format!("404 {text}"),
        why: format!("the deployment pulls by it {text}"),
        told,
    }
}

fn base(text: &str) -> Checked {
    Checked {
        image: format!("registry.example/app:1{text}"),
        diff: Some(Diff { groups: Vec::new(), changed: 0, ..diff(text) }),
        excused: Vec::new(),
        remarks: Vec::new(),
        flaky: Vec::new(),
        unmet: Vec::new(),
        passed: Passed::Yes,
    }
}

fn excused(text: &str) -> Excused {
    Excused {
        group: caused(Direction::Regression, text),
        by: vec![format!("finding \"head-405\", until 2027-01-31: the proxy is old {text}")],
    }
}

fn flaky(text: &str) -> Flaky {
    Flaky {
        cell: CellId(format!("GET blobs/config{text}")),
        first: format!("503 {text}"),
        again: format!("200 {text}"),
    }
}

/// Everything at once; it fails.
pub(crate) fn check(text: &str) -> Checked {
    Checked {
        diff: Some(diff(text)),
        excused: vec![excused(text)],
        remarks: vec![format!("cell \"x\" is listed as known to be bad, and is not: remove it {text}")],
        flaky: vec![flaky(text)],
        unmet: vec![unmet(true, text), unmet(false, text)],
        passed: Passed::No,
        ..base(text)
    }
}

/// Every kind of result there is.
pub(crate) fn checks(text: &str) -> Vec<Checked> {
    let with = |groups: Vec<Group>, passed: Passed| {
        let mut checked = base(text);
        if let Some(diff) = &mut checked.diff {
            diff.groups = groups;
        }
        Checked { passed, ..checked }
    };
    let none = |unmet: Vec<Unmet>, passed: Passed| Checked { diff: None, unmet, passed, ..base(text) };
    let blind = |compared: usize, partial: bool, unmet: Vec<Unmet>, passed: Passed| {
        let mut checked = base(text);
        if let Some(diff) = &mut checked.diff {
            (diff.compared, diff.partial) = (compared, partial);
        }
        Checked { unmet, passed, ..checked }
    };
    use Direction::{Change, Improvement, Regression, Untold};
    vec![
        check(text),
        base(text),
        with(vec![caused(Change, text), bare(Improvement, text)], Passed::Yes),
        Checked { excused: vec![excused(text)], flaky: vec![flaky(text)], ..base(text) },
        with(vec![caused(Regression, text)], Passed::No),
        with(vec![bare(Regression, text), bare(Regression, text), caused(Untold, text)], Passed::No),
        with(vec![caused(Untold, text), bare(Change, text)], Passed::Untold),
        // The baseline was renewed: what differs is told, and is right from now on.
        with(vec![caused(Regression, text), bare(Untold, text)], Passed::Yes),
        // It was to be renewed, and too little could be told.
        with(vec![caused(Regression, text)], Passed::Untold),
        // The run was inconclusive, and yet nothing differs.
        with(Vec::new(), Passed::Untold),
        with(vec![caused(Change, text)], Passed::Untold),
        blind(0, false, Vec::new(), Passed::Untold),
        blind(17, true, Vec::new(), Passed::Untold),
        blind(0, false, vec![unmet(true, text)], Passed::No),
        blind(0, true, Vec::new(), Passed::Yes),
        none(Vec::new(), Passed::Yes),
        none(Vec::new(), Passed::Untold),
        none(vec![unmet(true, text), unmet(true, text)], Passed::No),
        none(vec![unmet(false, text)], Passed::Untold),
        none(vec![unmet(true, text)], Passed::Untold),
        Checked { unmet: vec![unmet(true, text)], passed: Passed::No, ..base(text) },
    ]
}
