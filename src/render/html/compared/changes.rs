//! What changed, and a check, as the templates take them.

use askama::Template;

use super::sides::{self, SideView, Word};
use crate::compare::check::{Checked, Passed};
use crate::compare::expect::Unmet;
use crate::compare::{Diff, Direction, Group, PathChange, Transition};
use crate::render::html::text;
use crate::render::table::diff::summary;
use crate::render::text as plain;
use crate::report::{PathKind, Verdict};

#[derive(Template)]
#[template(path = "compared/diff.html")]
struct DiffPage {
    title: String,
    policy: String,
    style: &'static str,
    badge: Badge,
    d: DiffView,
}

#[derive(Template)]
#[template(path = "compared/check.html")]
struct CheckPage {
    title: String,
    policy: String,
    style: &'static str,
    badge: Badge,
    image: String,
    verdict: String,
    unmet: Vec<UnmetView>,
    diff: Option<DiffView>,
    flaky: Vec<TransitionView>,
    excused: Vec<ExcusedView>,
    remarks: Vec<String>,
}

/// A colour's class, and the words that say the same.
struct Badge {
    class: &'static str,
    words: &'static str,
}

struct DiffView {
    sides: Vec<SideView>,
    remarks: Vec<String>,
    summary: String,
    groups: Vec<GroupView>,
}

struct GroupView {
    badge: Badge,
    title: String,
    cause: Option<CauseView>,
    shared: String,
    paths: Vec<PathView>,
    count: String,
    transitions: Vec<TransitionView>,
}

struct CauseView {
    what: &'static str,
    id: String,
    severity: &'static str,
    /// Left out where it says what the group's title says.
    title: String,
    also: Vec<(&'static str, String)>,
}

struct PathView {
    id: String,
    before: (&'static str, &'static str),
    after: (&'static str, &'static str),
    why: String,
    step: String,
}

struct TransitionView {
    /// Where it goes another way than its group.
    badge: Option<Badge>,
    cells: Vec<String>,
    before: Vec<Word>,
    after: Vec<Word>,
}

struct UnmetView {
    badge: Badge,
    expected: String,
    seen: String,
    why: String,
}

struct ExcusedView {
    group: GroupView,
    by: Vec<String>,
}

/// What changed between two reports, as one self-contained page.
pub fn diff(diff: &Diff) -> String {
    let worst = diff.groups.iter().map(|g| g.direction).max();
    let page = DiffPage {
        title: format!("What changed: {}", text::line(&diff.after.image)),
        policy: super::policy(),
        style: super::STYLE,
        badge: worst.map_or(Badge { class: "works", words: "✔ no difference" }, badge),
        d: view(diff),
    };
    // Rendering fails only where a value cannot be written, and a String takes everything.
    page.render().unwrap_or_default()
}

/// A check, as one self-contained page.
pub fn check(checked: &Checked) -> String {
    let badge = match checked.passed {
        Passed::Yes => Badge { class: "works", words: "✔ passed" },
        Passed::No => Badge { class: "broken", words: "✘ failed" },
        Passed::Untold => Badge { class: "inconclusive", words: "? could not tell" },
    };
    let image = text::line(&checked.image);
    let page = CheckPage {
        title: format!("{image}: {}", checked.passed.as_str()),
        policy: super::policy(),
        style: super::STYLE,
        badge,
        image,
        verdict: verdict(checked),
        unmet: checked.unmet.iter().map(unmet).collect(),
        diff: checked.diff.as_ref().map(view),
        flaky: checked
            .flaky
            .iter()
            .map(|f| transition(std::slice::from_ref(&f.cell.0), &f.first, &f.again, None))
            .collect(),
        excused: checked
            .excused
            .iter()
            .map(|e| ExcusedView {
                group: GroupView { badge: known(e.group.direction), ..group(&e.group) },
                by: e.by.iter().map(|b| text::line(b)).collect(),
            })
            .collect(),
        remarks: checked.remarks.iter().map(|r| text::line(r)).collect(),
    };
    page.render().unwrap_or_default()
}

fn verdict(checked: &Checked) -> String {
    let mut words: Vec<String> = Vec::new();
    let broken = checked.unmet.iter().filter(|u| u.told).count();
    let unclear = checked.unmet.len() - broken;
    if broken > 0 {
        words.push(format!("{} not met", plain::count(broken, "expectation")));
    }
    if unclear > 0 {
        words.push(format!("{} that could not be judged", plain::count(unclear, "expectation")));
    }
    match &checked.diff {
        Some(diff) => words.push(summary(diff).trim_end_matches('.').to_owned()),
        None if words.is_empty() => words.push("Every expectation is met".to_owned()),
        None => {}
    }
    if !checked.excused.is_empty() {
        words.push(format!("{} known and excused", plain::count(checked.excused.len(), "change")));
    }
    if !checked.flaky.is_empty() {
        words.push(plain::count(checked.flaky.len(), "flaky cell"));
    }
    words.join("; ") + "."
}

fn badge(direction: Direction) -> Badge {
    let (class, words) = match direction {
        Direction::Regression => ("broken", "✘ regression"),
        Direction::Untold => ("inconclusive", "? could not tell"),
        Direction::Change => ("note", "· change"),
        Direction::Improvement => ("works", "✔ improvement"),
    };
    Badge { class, words }
}

/// What is excused counts for nothing, and looks it.
fn known(direction: Direction) -> Badge {
    let words = match direction {
        Direction::Regression => "· known regression",
        Direction::Untold => "· known, could not tell",
        Direction::Change => "· known change",
        Direction::Improvement => "· known improvement",
    };
    Badge { class: "note", words }
}

fn unmet(unmet: &Unmet) -> UnmetView {
    UnmetView {
        badge: match unmet.told {
            true => Badge { class: "broken", words: "✘ not met" },
            false => Badge { class: "inconclusive", words: "? could not tell" },
        },
        expected: text::line(&unmet.expected),
        seen: text::line(&unmet.seen),
        why: text::line(&unmet.why),
    }
}

fn view(diff: &Diff) -> DiffView {
    DiffView {
        sides: sides::sides(diff),
        remarks: diff.remarks.iter().map(|r| text::line(r)).collect(),
        summary: summary(diff).trim_end_matches('.').to_owned() + ".",
        groups: diff.groups.iter().map(group).collect(),
    }
}

fn group(group: &Group) -> GroupView {
    let cells = group.cells().count();
    let cause = group.cause.as_ref().map(|cause| CauseView {
        what: if cause.appeared { "Found now" } else { "No longer found" },
        id: text::line(cause.id),
        severity: cause.severity.as_str(),
        title: if cause.title == group.title { String::new() } else { text::line(&cause.title) },
        also: cause
            .also
            .iter()
            .map(|(id, came)| (if *came { "and with it" } else { "and no longer" }, text::line(id)))
            .collect(),
    });
    GroupView {
        badge: badge(group.direction),
        title: text::line(&group.title),
        // One cell is described by its name.
        shared: if cells > 1 { text::line(&group.shared.join(" ")) } else { String::new() },
        cause,
        paths: group.paths.iter().map(path).collect(),
        count: plain::count(cells, "cell"),
        transitions: group.transitions.iter().map(|t| moved(t, group.direction)).collect(),
    }
}

fn path(path: &PathChange) -> PathView {
    let told = |verdict: Verdict| crate::render::html::paths::told(verdict, PathKind::Main);
    PathView {
        id: text::line(&path.id),
        before: told(path.before),
        after: told(path.after),
        why: text::line(&path.why),
        step: path.step.as_ref().map(|s| text::line(&s.0)).unwrap_or_default(),
    }
}

fn moved(moved: &Transition, with: Direction) -> TransitionView {
    let cells: Vec<String> = moved.cells.iter().map(|c| c.0.clone()).collect();
    let own = (moved.direction != with).then(|| badge(moved.direction));
    transition(&cells, &moved.before, &moved.after, own)
}

fn transition(cells: &[String], before: &str, after: &str, badge: Option<Badge>) -> TransitionView {
    let (before, after) = sides::words(before, after);
    TransitionView { badge, cells: cells.iter().map(|c| text::line(c)).collect(), before, after }
}
