//! Comparisons as JSON: their own types, as of version 1.

use serde::Serialize;

use crate::compare::check::{Checked, Flaky};
use crate::compare::expect::Unmet;
use crate::compare::fingerprint::{Candidate, Fingerprint};
use crate::compare::{Diff, Group, PathChange, Side};

macro_rules! out {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Serialize)]
        pub(in crate::render) struct $name { $($field: $type,)* }
    };
}

out! { SideV1 { image: String, base_url: String, created: String, suite: String, shape: Option<&'static str>, } }
out! { CauseV1 {
    id: &'static str,
    severity: &'static str,
    appeared: bool,
    title: String,
    also: Vec<AlsoV1>,
} }
out! { AlsoV1 { id: &'static str, appeared: bool, } }
out! { TransitionV1 { before: String, after: String, direction: &'static str, cells: Vec<String>, } }
out! { PathChangeV1 {
    id: String,
    before: &'static str,
    after: &'static str,
    direction: &'static str,
    why: String,
} }
out! { GroupV1 {
    direction: &'static str,
    title: String,
    cause: Option<CauseV1>,
    shared: Vec<String>,
    cells: usize,
    transitions: Vec<TransitionV1>,
    paths: Vec<PathChangeV1>,
} }
out! { DiffV1 {
    schema_version: u32,
    equal: bool,
    before: SideV1,
    after: SideV1,
    remarks: Vec<String>,
    compared: usize,
    changed: usize,
    groups: Vec<GroupV1>,
} }
out! { ExcusedV1 { group: GroupV1, by: Vec<String>, } }
out! { FlakyV1 { cell: String, first: String, again: String, } }
out! { UnmetV1 { expected: String, seen: String, why: String, told: bool, } }
out! { CheckV1 {
    schema_version: u32,
    image: String,
    result: &'static str,
    exit_code: u8,
    diff: Option<DiffV1>,
    unmet: Vec<UnmetV1>,
    flaky: Vec<FlakyV1>,
    excused: Vec<ExcusedV1>,
    remarks: Vec<String>,
} }

/// What changed.
pub fn diff(diff: &Diff) -> String {
    super::text(&diff_v1(diff))
}

/// A check.
pub fn check(checked: &Checked) -> String {
    super::text(&CheckV1 {
        schema_version: super::SCHEMA_VERSION,
        image: checked.image.clone(),
        result: checked.passed.as_str(),
        exit_code: checked.passed.exit_code(),
        diff: checked.diff.as_ref().map(diff_v1),
        unmet: checked.unmet.iter().map(unmet).collect(),
        flaky: checked.flaky.iter().map(flaky).collect(),
        excused: checked
            .excused
            .iter()
            .map(|e| ExcusedV1 { group: group(&e.group), by: e.by.clone() })
            .collect(),
        remarks: checked.remarks.clone(),
    })
}

pub(in crate::render) fn unmet(unmet: &Unmet) -> UnmetV1 {
    UnmetV1 {
        expected: unmet.expected.clone(),
        seen: unmet.seen.clone(),
        why: unmet.why.clone(),
        told: unmet.told,
    }
}

pub(in crate::render) fn flaky(flaky: &Flaky) -> FlakyV1 {
    FlakyV1 { cell: flaky.cell.0.clone(), first: flaky.first.clone(), again: flaky.again.clone() }
}

fn diff_v1(diff: &Diff) -> DiffV1 {
    DiffV1 {
        schema_version: super::SCHEMA_VERSION,
        equal: diff.is_empty(),
        before: side(&diff.before),
        after: side(&diff.after),
        remarks: diff.remarks.clone(),
        compared: diff.compared,
        changed: diff.changed,
        groups: diff.groups.iter().map(group).collect(),
    }
}

pub(in crate::render) fn side(side: &Side) -> SideV1 {
    SideV1 {
        image: side.image.clone(),
        base_url: side.base_url.clone(),
        created: side.created.clone(),
        suite: side.suite.clone(),
        shape: side.shape,
    }
}

pub(in crate::render) fn group(group: &Group) -> GroupV1 {
    GroupV1 {
        direction: group.direction.as_str(),
        title: group.title.clone(),
        cause: group.cause.as_ref().map(|c| CauseV1 {
            id: c.id,
            severity: c.severity.as_str(),
            appeared: c.appeared,
            title: c.title.clone(),
            also: c.also.iter().map(|(id, appeared)| AlsoV1 { id, appeared: *appeared }).collect(),
        }),
        shared: group.shared.clone(),
        cells: group.cells().count(),
        transitions: group
            .transitions
            .iter()
            .map(|t| TransitionV1 {
                before: t.before.clone(),
                after: t.after.clone(),
                direction: t.direction.as_str(),
                cells: t.cells.iter().map(|c| c.0.clone()).collect(),
            })
            .collect(),
        paths: group.paths.iter().map(path).collect(),
    }
}

fn path(path: &PathChange) -> PathChangeV1 {
    PathChangeV1 {
        id: path.id.clone(),
        before: path.before.as_str(),
        after: path.after.as_str(),
        direction: path.direction.as_str(),
        why: path.why.clone(),
    }
}

out! { CandidateV1 { name: String, closeness: f64, same: usize, compared: usize, signs: Vec<String>, diff: DiffV1, } }
out! { FingerprintV1 { schema_version: u32, named: Vec<String>, why: String, candidates: Vec<CandidateV1>, } }

/// Which registry this is most like.
pub fn fingerprint(found: &Fingerprint) -> String {
    let candidate = |c: &Candidate| CandidateV1 {
        name: c.name.clone(),
        closeness: c.closeness(),
        same: c.same,
        compared: c.compared,
        signs: c.signs.clone(),
        diff: diff_v1(&c.diff),
    };
    super::text(&FingerprintV1 {
        schema_version: super::SCHEMA_VERSION,
        named: found.named.clone(),
        why: found.why.clone(),
        candidates: found.candidates.iter().map(candidate).collect(),
    })
}
