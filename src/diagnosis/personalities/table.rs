//! The recorded tables, unfolded: one row a cell. How they were made is told in `tests/real/ground-truth/compact.py`.

/// The Accept values that `*` stands for.
const ACCEPTS: [&str; 17] = [
    "none",
    "any",
    "app-any",
    "json",
    "schema1",
    "schema1-signed",
    "docker-manifest",
    "docker-list",
    "oci-manifest",
    "oci-index",
    "docker-config",
    "all",
    "all-lines",
    "docker-only",
    "oci-only",
    "q-values",
    "upper-case",
];

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

/// What one cell did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Did {
    pub(super) status: u16,
    /// Verbatim; `-` where there is none.
    pub(super) content_type: String,
    /// What the digest header names: a role, `other`, or `-` where there is none.
    pub(super) digest: String,
    /// The first error code of a GET, else `-`.
    pub(super) error: String,
    /// Whether the sha256 of a GET's body is the digest header's: `yes`, `no`, `-`.
    pub(super) bytes: String,
}

/// A recorded cell.
pub(super) struct Row {
    pub(super) cell: String,
    pub(super) did: Did,
}

/// The rows of a shape, and those that depend on none; none at all where the registry was not shown that shape.
pub(super) fn rows((name, text): Table, shape: &str) -> Vec<Row> {
    let of = |image: &str| -> Vec<Row> {
        text.lines().skip(1).filter(|line| line.split('\t').next() == Some(image)).flat_map(unfold).collect()
    };
    let mut rows = of(shape);
    if !rows.is_empty() {
        rows.extend(of("-"));
    }
    assert!(text.lines().count() > 50, "{name}");
    rows
}

fn unfold(line: &'static str) -> impl Iterator<Item = Row> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [_, request, accepts, status, content_type, digest, error, bytes] = fields[..] else {
        panic!("not eight columns: {line}");
    };
    let owned = str::to_owned;
    let did = Did {
        status: status.parse().unwrap(),
        content_type: owned(content_type),
        digest: owned(digest),
        error: owned(error),
        bytes: owned(bytes),
    };
    // The Accept goes before what is varied, as in cell ids.
    let (base, varied) =
        request.match_indices(' ').nth(1).map_or((request, ""), |(at, _)| request.split_at(at));
    let accepts: Vec<&str> = if accepts == "*" { ACCEPTS.to_vec() } else { accepts.split(' ').collect() };
    accepts
        .into_iter()
        .map(move |accept| Row { cell: format!("{base} accept={accept}{varied}"), did: did.clone() })
}
