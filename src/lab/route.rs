//! From a path to what it asks for.

use percent_encoding::percent_decode_str;

use crate::oci::digest::Digest;

/// Which of the lab's two listeners a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    /// The registry.
    Registry,
    /// The object storage that blob redirects lead to: another port, so another origin.
    Storage,
}

/// What a manifest is asked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A tag, or what stands in its place.
    Tag(String),
    /// A digest.
    Digest(Digest),
    /// It has a colon, so it is no tag, and it is no digest either.
    Malformed(String),
}

impl Reference {
    fn parse(text: &str) -> Reference {
        match Digest::parse(text) {
            Ok(digest) => Reference::Digest(digest),
            Err(_) if text.contains(':') => Reference::Malformed(text.to_owned()),
            Err(_) => Reference::Tag(text.to_owned()),
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        match self {
            Reference::Tag(text) | Reference::Malformed(text) => text,
            Reference::Digest(digest) => digest.as_str(),
        }
    }
}

/// An endpoint of the distribution spec, with its arguments decoded. A repository's name is as it
/// was written, which may be against the grammar: see [`is_name`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `/v2/`
    Ping,
    /// `/v2`, without its slash.
    PingWithoutSlash,
    /// `/v2/<name>/manifests/<reference>`
    Manifest {
        /// `<name>`
        repository: String,
        /// `<reference>`
        reference: Reference,
    },
    /// `/v2/<name>/blobs/<digest>`
    Blob {
        /// `<name>`
        repository: String,
        /// `<digest>`; what is none is kept as text.
        digest: Result<Digest, String>,
    },
    /// `/v2/<name>/tags/list`
    Tags {
        /// `<name>`
        repository: String,
    },
    /// `/v2/<name>/referrers/<digest>`
    Referrers {
        /// `<name>`
        repository: String,
        /// `<digest>`; what is none is kept as text.
        digest: Result<Digest, String>,
    },
    /// `/v2/<name>/blobs/uploads/…`: a push, which the lab refuses.
    Upload {
        /// `<name>`
        repository: String,
    },
    /// `/v2/_catalog`
    Catalog,
    /// `/token`; nothing is there unless a quirk puts it there.
    Token,
    /// On the storage listener: `/<bucket>/<name>/<digest>`.
    Stored {
        /// `<name>`
        repository: String,
        /// `<digest>`
        digest: Digest,
    },
    /// Anything else.
    Unknown,
}

impl Route {
    /// Reads a path, which is still percent-encoded.
    pub fn parse(site: Site, path: &str) -> Route {
        let segments: Vec<String> = path
            .split('/')
            .skip(1)
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match site {
            Site::Registry => Route::registry(&segments),
            Site::Storage => Route::storage(&segments),
        }
    }

    fn registry(segments: &[&str]) -> Route {
        let digest = |text: &str| Digest::parse(text).map_err(|_| text.to_owned());
        // Repository names hold slashes and may hold any of these words, so the end decides.
        match segments {
            ["v2"] => Route::PingWithoutSlash,
            ["v2", ""] => Route::Ping,
            ["v2", "_catalog"] => Route::Catalog,
            ["token"] => Route::Token,
            ["v2", name @ .., "blobs", "uploads", _] | ["v2", name @ .., "blobs", "uploads"]
                if !name.is_empty() =>
            {
                Route::Upload { repository: name.join("/") }
            }
            ["v2", name @ .., "manifests", reference] if !name.is_empty() => {
                Route::Manifest { repository: name.join("/"), reference: Reference::parse(reference) }
            }
            ["v2", name @ .., "blobs", text] if !name.is_empty() => {
                Route::Blob { repository: name.join("/"), digest: digest(text) }
            }
            ["v2", name @ .., "tags", "list"] if !name.is_empty() => {
                Route::Tags { repository: name.join("/") }
            }
            ["v2", name @ .., "referrers", text] if !name.is_empty() => {
                Route::Referrers { repository: name.join("/"), digest: digest(text) }
            }
            _ => Route::Unknown,
        }
    }

    fn storage(segments: &[&str]) -> Route {
        match segments {
            [_bucket, name @ .., text] if !name.is_empty() => match Digest::parse(text) {
                Ok(digest) => Route::Stored { repository: name.join("/"), digest },
                Err(_) => Route::Unknown,
            },
            _ => Route::Unknown,
        }
    }

    /// The repository that is asked about, if one is.
    pub fn repository(&self) -> Option<&str> {
        match self {
            Route::Manifest { repository, .. }
            | Route::Blob { repository, .. }
            | Route::Tags { repository }
            | Route::Referrers { repository, .. }
            | Route::Upload { repository }
            | Route::Stored { repository, .. } => Some(repository),
            Route::Ping | Route::PingWithoutSlash | Route::Catalog | Route::Token | Route::Unknown => None,
        }
    }
}

/// Whether a text is a repository name by the grammar of the distribution spec.
pub fn is_name(text: &str) -> bool {
    text.len() <= 255 && text.split('/').all(is_component)
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let separator = |run: &str| matches!(run, "." | "_" | "__") || run.bytes().all(|b| b == b'-');
    let ends = |b: Option<&u8>| b.is_some_and(|b| alphanumeric(*b));
    let bytes = text.as_bytes();
    ends(bytes.first())
        && ends(bytes.last())
        && text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).all(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Route {
        Route::parse(Site::Registry, path)
    }

    #[test]
    fn the_end_of_the_path_decides() {
        assert_eq!(route("/v2"), Route::PingWithoutSlash);
        assert_eq!(route("/v2/"), Route::Ping);
        let Route::Manifest { repository, reference } = route("/v2/manifests/tags/list/manifests/v1") else {
            panic!("a manifest")
        };
        assert_eq!((repository.as_str(), reference), ("manifests/tags/list", Reference::Tag("v1".into())));
        assert_eq!(route("/v2/a/tags/list"), Route::Tags { repository: "a".into() });
        assert_eq!(route("/v2/a/b/blobs/uploads/"), Route::Upload { repository: "a/b".into() });
        for path in ["/", "/v1/", "/v2/manifests/x", "/v2/a", "/v2/a/tags/list/", "/v3/a/tags/list"] {
            assert_eq!(route(path), Route::Unknown, "{path}");
        }
    }

    #[test]
    fn digests_are_read_encoded_or_not_and_bad_ones_kept() {
        let digest = Digest::sha256(b"{}");
        let encoded = digest.as_str().replace(':', "%3A");
        for text in [digest.as_str(), &encoded] {
            let wanted = Route::Blob { repository: "a".into(), digest: Ok(digest.clone()) };
            assert_eq!(route(&format!("/v2/a/blobs/{text}")), wanted);
        }
        let wanted = Reference::Malformed("sha256:zz".into());
        assert_eq!(
            route("/v2/a/manifests/sha256:zz"),
            Route::Manifest { repository: "a".into(), reference: wanted }
        );
        let wanted = Route::Stored { repository: "a/b".into(), digest: digest.clone() };
        assert_eq!(Route::parse(Site::Storage, &format!("/bucket/a/b/{digest}")), wanted);
    }

    #[test]
    fn names_follow_the_grammar() {
        for good in ["a", "a/b", "lab/oci-no-media-type", "a__b", "a---b", "0.1/x_y"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "/", "a//b", "A", "a/", "-a", "a-", "a___b", "a..b", "a.-b", "ä", "a b"] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(!is_name(&"a".repeat(256)));
    }
}
