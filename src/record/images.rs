//! Which images a client asked for, and which of its requests are about which. Pure.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::asked::{Asked, Kind, asked};
use super::client::{Traffic, answer, lesson};
use crate::exchange::{Hop, Method};
use crate::oci::digest::Digest;
use crate::oci::document::parse_document;
use crate::plan::concrete::{ABSENT_REPOSITORY, ABSENT_TAG, MALFORMED_DIGEST, absent_digest};

/// A repository and a reference whose manifest was read, and which nothing else that was read names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) repository: String,
    pub(super) reference: String,
}

/// An image, and the digests that it consists of.
struct Known {
    image: Image,
    parts: HashSet<String>,
}

/// What was seen of a repository's manifests.
#[derive(Default)]
struct Seen {
    /// References whose manifest was read, in order.
    read: Vec<String>,
    /// A reference's digests, as announced and as its bodies have them.
    digests: BTreeMap<String, BTreeSet<String>>,
    /// The digests that a document names, by its own.
    names: BTreeMap<String, BTreeSet<String>>,
}

/// Every image asked for, in order, with the places of its requests. What belongs to none goes with each.
pub(super) fn images(traffic: &Traffic<'_>) -> Vec<(Image, Vec<usize>)> {
    let asks: Vec<Asked> =
        traffic.hops.iter().map(|hop| asked(&hop.request.url, traffic.base_url).0).collect();
    let known = known(traffic.hops, &asks);
    let mut found: Vec<(Image, Vec<usize>)> =
        known.iter().map(|known| (known.image.clone(), Vec::new())).collect();
    for (place, ask) in asks.iter().enumerate() {
        let parts: Vec<bool> = known.iter().map(|known| known.has(ask)).collect();
        let same: Vec<bool> = known.iter().map(|known| known.shares_repository(ask)).collect();
        for (i, (_, places)) in found.iter_mut().enumerate() {
            let belongs = if parts.contains(&true) { parts[i] } else { same[i] || !same.contains(&true) };
            if belongs {
                places.push(place);
            }
        }
    }
    found
}

impl Known {
    fn shares_repository(&self, ask: &Asked) -> bool {
        match ask {
            Asked::Named(_, repository, _) | Asked::Tags(repository) | Asked::Upload(repository) => {
                *repository == self.image.repository
            }
            Asked::Ping { .. } | Asked::Catalog | Asked::Api | Asked::Elsewhere => false,
        }
    }

    /// Whether the reference is the image's own, or that of a part of it.
    fn has(&self, ask: &Asked) -> bool {
        let Asked::Named(kind, _, reference) = ask else { return false };
        let own = *kind == Kind::Manifests && *reference == self.image.reference;
        let part = || self.parts.contains(reference) || self.parts.contains(&fallen_back(reference));
        self.shares_repository(ask) && (own || part())
    }
}

/// The digest that a referrers fallback tag is made of; any other reference is not changed to one that is a digest.
fn fallen_back(reference: &str) -> String {
    reference.replacen('-', ":", 1)
}

fn known(hops: &[Hop], asks: &[Asked]) -> Vec<Known> {
    let mut order: Vec<&str> = Vec::new();
    let mut repositories: BTreeMap<&str, Seen> = BTreeMap::new();
    for (hop, ask) in hops.iter().zip(asks) {
        let Asked::Named(kind, repository, reference) = ask else { continue };
        if !matches!(hop.request.method, Method::Get | Method::Head) || *kind == Kind::Blobs {
            continue;
        }
        let seen = repositories.entry(repository).or_default();
        seen.learn(hop, *kind, reference);
        if *kind == Kind::Manifests && !is_no_image(reference) && !seen.read.contains(reference) {
            seen.read.push(reference.clone());
        }
        if !order.contains(&repository.as_str()) {
            order.push(repository);
        }
    }
    // Names that a prober makes of another: one that is nowhere, and one in capitals, which is none at all.
    let made = |name: &str| {
        let lower = name.to_ascii_lowercase();
        name.rsplit('/').next() == Some(ABSENT_REPOSITORY)
            || (lower != name && repositories.contains_key(lower.as_str()))
    };
    let roots = order.into_iter().filter(|r| !made(r)).filter_map(|r| Some((r, repositories.get(r)?)));
    roots.flat_map(|(repository, seen)| seen.images(repository)).collect()
}

/// What a prober asks for because it is not there.
fn is_no_image(reference: &str) -> bool {
    reference == ABSENT_TAG || reference == MALFORMED_DIGEST || reference == absent_digest().as_str()
}

impl Seen {
    fn learn(&mut self, hop: &Hop, kind: Kind, reference: &str) {
        let of_reference = self.digests.entry(reference.to_owned()).or_default();
        let announced = answer(hop).filter(|r| r.status == 200).and_then(|r| {
            r.header("docker-content-digest").and_then(|d| Digest::parse(d).ok()).map(|d| d.to_string())
        });
        if kind == Kind::Manifests {
            of_reference.extend(announced.clone());
        }
        let Some(lesson) = lesson(hop) else { return };
        let own = Digest::sha256(lesson.body).to_string();
        if kind == Kind::Manifests {
            of_reference.insert(own.clone());
        }
        let Some(document) = parse_document(lesson.body, lesson.content_type) else { return };
        let children = document.manifests.iter().chain(&document.config).chain(&document.layers);
        let children: BTreeSet<String> =
            children.filter_map(|child| child.digest.as_ref().map(ToString::to_string)).collect();
        // What the referrers are of is what names them.
        let by = if kind == Kind::Referrers { vec![reference.to_owned()] } else { vec![own] };
        for by in by.into_iter().chain(announced).chain(Digest::parse(reference).ok().map(|d| d.to_string()))
        {
            self.names.entry(by).or_default().extend(children.iter().cloned());
        }
    }

    /// Every digest that can be reached from a reference.
    fn parts(&self, reference: &str) -> HashSet<String> {
        let mut parts = HashSet::new();
        let mut next: Vec<&String> = self.digests.get(reference).into_iter().flatten().collect();
        let as_digest = Digest::parse(reference).ok().map(|d| d.to_string());
        next.extend(as_digest.iter());
        while let Some(digest) = next.pop() {
            if parts.insert(digest.clone()) {
                next.extend(self.names.get(digest).into_iter().flatten());
                // What the fallback tag of it holds is about it.
                let tag = digest.replacen(':', "-", 1);
                next.extend(self.digests.get(&tag).into_iter().flatten());
            }
        }
        parts
    }

    /// The references that are no part of another: every tag but those that stand for a digest, and what no other names.
    fn images(&self, repository: &str) -> Vec<Known> {
        let all: Vec<(&String, HashSet<String>)> = self.read.iter().map(|r| (r, self.parts(r))).collect();
        let is_part = |reference: &str, of: &HashSet<String>| {
            of.contains(reference) || of.contains(&fallen_back(reference))
        };
        let is_root = |place: usize, reference: &str| {
            !all.iter().enumerate().any(|(other, (name, parts))| {
                // Of two that name each other the first is the image.
                let mutual = is_part(name, &all[place].1);
                other != place && is_part(reference, parts) && (!mutual || other < place)
            })
        };
        let roots = all.iter().enumerate().filter(|(place, (reference, _))| is_root(*place, reference));
        roots
            .map(|(_, (reference, parts))| Known {
                image: Image { repository: repository.to_owned(), reference: (*reference).clone() },
                parts: parts.clone(),
            })
            .collect()
    }
}
