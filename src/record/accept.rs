//! A client's `Accept` lines -> the name of a value of the axis, or one of their own. Pure.

use std::collections::BTreeSet;

use crate::oci::digest::Digest;
use crate::oci::media_type as mt;
use crate::probes::Axis;

/// The types that hold everything in use today.
const MODERN: [&str; 4] = [mt::DOCKER_MANIFEST, mt::DOCKER_LIST, mt::OCI_MANIFEST, mt::OCI_INDEX];

/// A name, and whether the client's lines are exactly those that it stands for.
pub(super) fn name(lines: &[&str], axis: &Axis) -> (String, bool) {
    if let Some(value) = axis.values().iter().find(|v| v.lines == lines) {
        return (value.name.clone(), true);
    }
    // Another order, other blanks, one line or several: asked for is the same.
    let plain = |text: &str| !text.contains(';') && !text.bytes().any(|b| b.is_ascii_uppercase());
    if lines.iter().all(|line| plain(line)) && !lines.is_empty() {
        let asked = types(lines.iter().copied());
        let same = |several: bool| {
            let values = axis.values().iter().filter(|v| (v.lines.len() > 1) == several);
            let mut values = values.filter(|v| v.lines.iter().all(|l| plain(l)) && !v.lines.is_empty());
            values.find(|v| types(v.lines.iter().map(String::as_str)) == asked)
        };
        let several = lines.len() > 1;
        if let Some(value) = same(several).or_else(|| same(!several)) {
            return (value.name.clone(), false);
        }
        // More or less than `all`, but nothing in use today is missing.
        let stand_in = if several { "all-lines" } else { "all" };
        if MODERN.iter().all(|t| asked.contains(*t)) && axis.get(stand_in).is_some() {
            return (stand_in.to_owned(), false);
        }
    }
    let digest = Digest::sha256(lines.join("\n").as_bytes());
    (format!("client-{}", digest.encoded().get(..6).unwrap_or_default()), false)
}

fn types<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|t| !t.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::Probes;

    #[test]
    fn names() {
        let axis = Probes::embedded().unwrap().accepts;
        let of = |lines: &[&str]| name(lines, &axis);
        let exact = |n: &str| (n.to_owned(), true);
        let like = |n: &str| (n.to_owned(), false);
        assert_eq!(of(&[]), exact("none"));
        assert_eq!(of(&["*/*"]), exact("any"));
        assert_eq!(of(&[mt::OCI_INDEX]), exact("oci-index"));
        assert_eq!(of(&[mt::DOCKER_LIST, mt::DOCKER_MANIFEST]), like("docker-only"));
        let skopeo = [
            mt::OCI_MANIFEST,
            mt::DOCKER_MANIFEST,
            mt::SCHEMA1_SIGNED,
            mt::SCHEMA1,
            mt::DOCKER_LIST,
            mt::OCI_INDEX,
        ];
        assert_eq!(of(&skopeo), like("all-lines"));
        assert_eq!(of(&[&skopeo.join(",")]), like("all"));
        assert_eq!(of(&[&format!("{}, */*", MODERN.join(", "))]), like("all"));
        let free = of(&["application/xml"]).0;
        assert!(free.starts_with("client-") && free.len() == 13, "{free}");
        assert_ne!(of(&["text/html"]).0, free);
        assert!(of(&[&mt::DOCKER_MANIFEST.to_ascii_uppercase(), mt::OCI_INDEX]).0.starts_with("client-"));
    }
}
