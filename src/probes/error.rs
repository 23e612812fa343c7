//! What is wrong with a probe file, and where.

use std::fmt;

/// A file under `probes/` that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeError {
    /// The file, as the user can find it.
    pub file: String,
    /// The line, from 1, where one is to blame.
    pub line: Option<usize>,
    /// What is wrong, and the nearest known word where there is one.
    pub message: String,
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ProbeError {}

/// The known word that somebody who wrote `word` most likely meant, if any comes near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Below 0.8 the guesses of Jaro-Winkler are worse than none, except that it fails short words with one slip.
    let slip = |k: &str| k.len() > 2 && strsim::osa_distance(word, k) == 1;
    known
        .into_iter()
        .map(|k| (if slip(k) { 1.0 } else { strsim::jaro_winkler(word, k) }, k))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, k)| k)
}

/// `unknown subject "conifg"; did you mean "config"?`, or else all that is known.
pub(crate) fn unknown<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("unknown {what} {word:?}; did you mean {near:?}?"),
        None => format!("unknown {what} {word:?}; known: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_prefers_the_closest_and_refuses_strangers() {
        let known = ["docker-manifest", "docker-list", "oci-manifest"];
        assert_eq!(nearest("docker-manfest", known), Some("docker-manifest"));
        assert_eq!(nearest("zzz", known), None);
        assert_eq!(nearest("oci-manifest", known), Some("oci-manifest"));
    }
}
