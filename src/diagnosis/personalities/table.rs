//! The recorded tables, and the lab's image of each shape.

#[path = "../../../tests/real/ground-truth/unfold.rs"]
mod unfold;

pub(super) use unfold::{Observed, Row};

/// A table: its name and its text.
pub(super) type Table = (&'static str, &'static str);

macro_rules! table {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../tests/real/ground-truth/", $name, ".tsv")))
    };
}

/// Also what 2.8.3 did.
pub(super) const DISTRIBUTION_2: Table = table!("distribution-2.8.2");
/// Also what 3.0.0 did.
pub(super) const DISTRIBUTION_3: Table = table!("distribution-3.1.1");
pub(super) const DISTRIBUTION_CACHE: Table = table!("distribution-2.8.2-proxy");
pub(super) const CRANE: Table = table!("crane-registry-serve-0.20.7");
pub(super) const OLAREG: Table = table!("olareg-79de6b4");
pub(super) const MBR: Table = table!("mbr-container-registry-0.3.1");

/// The shapes of the tables, and the lab's image of that shape.
pub(super) const SHAPES: [(&str, &str); 9] = [
    ("artifact", "lab/artifact:v1"),
    ("attest", "lab/attested"),
    ("helm", "lab/helm:0.1.0"),
    ("idx", "lab/index"),
    ("list", "lab/docker-list"),
    ("oci", "lab/oci"),
    ("oci-nomt", "lab/oci-no-media-type"),
    ("s1", "lab/schema1"),
    ("s2", "lab/docker"),
];

/// The rows of a shape, and those that depend on none; none at all where the registry was not shown that shape.
pub(super) fn rows((name, text): Table, shape: &str) -> Vec<Row> {
    let all = unfold::parse(text);
    assert!(all.len() > 50, "{name}");
    if all.iter().all(|row| row.image != shape) {
        return Vec::new();
    }
    all.into_iter().filter(|row| row.image == shape || row.image == "-").collect()
}
