#![allow(unreachable_pub, reason = "two crates include it, and each needs other parts")]
//! The recorded tables, unfolded: one row a cell. How they were made is told in `compact.py`.
//!
//! Read by the tests on real registries, and by those that hold the embedded registry's personalities to them.

/// What `*` stands for in the column `accepts`: every value that the tables and the probes share.
pub const ACCEPTS: [&str; 17] = [
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

/// What one cell did, as far as the tables say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, verbatim.
    pub content_type: String,
    /// What the digest header names: a role, `other`, or `-` where there is none.
    pub digest: String,
    /// The first error code of a GET, else `-`.
    pub error: String,
    /// Whether the body of a GET answered 200 is the one that the digest header names: `yes`, `no`, `-`.
    pub bytes: String,
}

/// A recorded cell.
pub struct Row {
    /// The image shape; `-` for what does not depend on one.
    pub image: String,
    /// `GET manifests/tag accept=oci-index`
    pub cell: String,
    /// What it did then.
    pub recorded: Observed,
}

/// Unfolds a table.
pub fn parse(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [image, request, accepts, status, content_type, digest, error, bytes] = fields[..] else {
            panic!("not eight columns: {line}");
        };
        let recorded = Observed {
            status: status.parse().expect("a status"),
            content_type: content_type.into(),
            digest: digest.into(),
            error: error.into(),
            bytes: bytes.into(),
        };
        let accepts: Vec<&str> = if accepts == "*" { ACCEPTS.to_vec() } else { accepts.split(' ').collect() };
        // `GET manifests/tag repository=absent` -> the Accept goes before what is varied, as in cell ids.
        let (base, varied) = match request.match_indices(' ').nth(1) {
            Some((at, _)) => request.split_at(at),
            None => (request, ""),
        };
        rows.extend(accepts.into_iter().map(|accept| Row {
            image: image.into(),
            cell: format!("{base} accept={accept}{varied}"),
            recorded: recorded.clone(),
        }));
    }
    rows
}
