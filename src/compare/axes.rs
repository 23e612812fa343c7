//! What cells that changed alike have in common, and those that did not change have not.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::{Change, Pair, Part, could_change_so};

/// Cells with what they share.
pub(super) struct Cluster<'a> {
    pub(super) shared: Vec<String>,
    pub(super) pairs: Vec<&'a Pair<'a>>,
}

/// The words of a cell's id: `HEAD`, `manifests/tag` as `manifests` and `tag`, `accept=any`, `range=0-0`.
pub(super) fn tokens(id: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for (at, word) in id.split(' ').enumerate() {
        match (at, word.split_once('/')) {
            (1, Some((endpoint, subject))) => {
                tokens.push(format!("/{endpoint}/"));
                tokens.push(format!("of {subject}"));
            }
            (1, None) => tokens.push(format!("/{word}/")),
            _ => tokens.push(word.to_owned()),
        }
    }
    tokens
}

/// Puts changed cells into few clusters, each described by as few words as will do. A description fits when every
/// cell that it is true of, and that could have changed so, did.
pub(super) fn clusters<'a>(changed: &[&'a Pair<'a>], all: &'a [Pair<'a>]) -> Vec<Cluster<'a>> {
    let mut by_parts: BTreeMap<Vec<Part>, Vec<&'a Pair<'a>>> = BTreeMap::new();
    for pair in changed {
        let parts = pair.change.as_ref().map(|c| c.parts.clone()).unwrap_or_default();
        by_parts.entry(parts).or_default().push(pair);
    }
    let mut clusters: Vec<Cluster<'a>> = Vec::new();
    for (parts, mut left) in by_parts {
        let alike = |p: &Pair<'_>| matches!(&p.change, Some(Change { parts: own, .. }) if *own == parts);
        let universe: Vec<(Vec<String>, bool)> = all
            .iter()
            // What changed in another way is no witness that this change stops here.
            .filter(|p| alike(p) || p.change.is_none() && could_change_so(p.before, &parts))
            .map(|p| (tokens(&p.id.0), alike(p)))
            .collect();
        while !left.is_empty() {
            let shared = description(&left, &universe);
            let (mine, rest): (Vec<_>, Vec<_>) =
                left.iter().copied().partition(|p| holds(&tokens(&p.id.0), &shared));
            add(&mut clusters, shared, mine);
            left = rest;
        }
    }
    clusters
}

/// Same words, same cluster: a status of 206 that became 404 has the cause of the 200 that did.
fn add<'a>(clusters: &mut Vec<Cluster<'a>>, shared: Vec<String>, pairs: Vec<&'a Pair<'a>>) {
    match clusters.iter_mut().find(|c| c.shared == shared) {
        Some(cluster) => cluster.pairs.extend(pairs),
        None => clusters.push(Cluster { shared, pairs }),
    }
}

fn holds(tokens: &[String], words: &[String]) -> bool {
    words.iter().all(|word| tokens.contains(word))
}

/// The fewest words that are true of the most cells and of none that did not change.
fn description(left: &[&Pair<'_>], universe: &[(Vec<String>, bool)]) -> Vec<String> {
    let mine: Vec<Vec<String>> = left.iter().map(|p| tokens(&p.id.0)).collect();
    let words: BTreeSet<&String> = mine.iter().flatten().collect();
    let words: Vec<&String> = words.into_iter().collect();
    let mut candidates: Vec<Vec<String>> = vec![Vec::new()];
    for (i, one) in words.iter().enumerate() {
        candidates.push(vec![(*one).clone()]);
        candidates.extend(words.iter().skip(i + 1).map(|other| vec![(*one).clone(), (*other).clone()]));
    }
    let fits = |candidate: &Vec<String>| {
        universe.iter().filter(|(tokens, _)| holds(tokens, candidate)).all(|(_, alike)| *alike)
    };
    let covers = |candidate: &Vec<String>| mine.iter().filter(|tokens| holds(tokens, candidate)).count();
    let best = candidates
        .into_iter()
        .map(|candidate| (covers(&candidate), candidate))
        .filter(|(covered, candidate)| *covered > 0 && fits(candidate))
        .max_by(|(a, x), (b, y)| a.cmp(b).then_with(|| y.len().cmp(&x.len())).then_with(|| y.cmp(x)));
    match best {
        Some((covered, candidate)) if covered > 1 || left.len() == 1 => candidate,
        // Nothing tells them from the others: what they all have in common, then.
        _ => common(&mine),
    }
}

/// Words that all have.
fn common(all: &[Vec<String>]) -> Vec<String> {
    let Some((first, rest)) = all.split_first() else { return Vec::new() };
    first.iter().filter(|word| rest.iter().all(|tokens| tokens.contains(word))).cloned().collect()
}
