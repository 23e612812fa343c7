//! Registries that the lab can be, as data: each is a list of quirks.
//!
//! What a personality answers is held to what the real registry answered: `diagnosis/personalities` (a test) asks
//! every image of the lab everything that `standard` asks, and compares cell by cell with the recorded table.

mod distribution_2_8;
mod distribution_3;
mod olareg;
mod zot_like;

/// One registry: the quirks that, together, make the lab answer as it does.
#[derive(Debug)]
pub struct Personality {
    /// `distribution-2.8`
    pub id: &'static str,
    /// Which registry that is, in a line.
    pub about: &'static str,
    /// What it was made from.
    pub after: &'static [&'static str],
    /// Ids of quirks, in the order in which they are asked.
    pub quirks: &'static [&'static str],
}

/// Every personality, sorted by id.
pub fn personalities() -> &'static [&'static Personality] {
    &[
        &distribution_2_8::DISTRIBUTION_2_8,
        &distribution_3::DISTRIBUTION_3,
        &olareg::OLAREG,
        &zot_like::ZOT_LIKE,
    ]
}

/// One by its id.
pub fn personality(id: &str) -> Option<&'static Personality> {
    personalities().iter().copied().find(|personality| personality.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::quirks;

    #[test]
    fn they_are_sorted_and_made_of_quirks_that_exist() {
        assert!(personalities().is_sorted_by_key(|personality| personality.id));
        for personality in personalities() {
            assert!(!personality.about.is_empty() && !personality.after.is_empty(), "{}", personality.id);
            for id in personality.quirks {
                assert!(quirks().iter().any(|quirk| quirk.id() == *id), "{}: {id}", personality.id);
            }
        }
    }
}
