//! What a request's URL asks for. Pure.

use percent_encoding::percent_decode_str;

/// A path of the distribution API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// `/v2/`, or `/v2`.
    Ping { slash: bool },
    /// `/v2/_catalog`
    Catalog,
    /// `manifests`, `blobs`, `referrers`, with repository and reference.
    Named(Kind, String, String),
    /// `tags/list` of a repository.
    Tags(String),
    /// An upload to a repository.
    Upload(String),
    /// Anything else below `/v2/`.
    Api,
    /// Anything else: a token endpoint, storage.
    Elsewhere,
}

/// An endpoint that takes a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Manifests,
    Blobs,
    Referrers,
}

/// Reads a URL: what is asked for, and its query.
pub(super) fn asked<'a>(url: &'a str, base: &str) -> (Asked, Option<&'a str>) {
    let rest = url.strip_prefix(base).unwrap_or(url);
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    (of_path(path), query)
}

fn of_path(path: &str) -> Asked {
    let Some(rest) = path.strip_prefix("/v2") else { return Asked::Elsewhere };
    let Some(rest) = rest.strip_prefix('/') else {
        return if rest.is_empty() { Asked::Ping { slash: false } } else { Asked::Elsewhere };
    };
    match rest {
        "" => return Asked::Ping { slash: true },
        "_catalog" => return Asked::Catalog,
        _ => {}
    }
    if let Some(repository) = rest.strip_suffix("/tags/list") {
        return Asked::Tags(repository.to_owned());
    }
    if let Some((repository, _)) = rest.split_once("/blobs/uploads").filter(|(r, _)| !r.is_empty()) {
        return Asked::Upload(repository.to_owned());
    }
    let kinds =
        [("/manifests/", Kind::Manifests), ("/blobs/", Kind::Blobs), ("/referrers/", Kind::Referrers)];
    for (word, kind) in kinds {
        let Some((repository, reference)) = rest.rsplit_once(word) else { continue };
        if repository.is_empty() || reference.is_empty() || reference.contains('/') {
            return Asked::Api;
        }
        let reference = percent_decode_str(reference).decode_utf8_lossy().into_owned();
        return Asked::Named(kind, repository.to_owned(), reference);
    }
    Asked::Api
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let of = |url: &str| asked(url, "https://r.example").0;
        let named = |kind, repository: &str, reference: &str| {
            Asked::Named(kind, repository.to_owned(), reference.to_owned())
        };
        assert_eq!(of("https://r.example/v2/"), Asked::Ping { slash: true });
        assert_eq!(of("https://r.example/v2?x"), Asked::Ping { slash: false });
        assert_eq!(of("https://r.example/v2/_catalog?n=1"), Asked::Catalog);
        assert_eq!(of("https://r.example/v2/a/b/manifests/x"), named(Kind::Manifests, "a/b", "x"));
        assert_eq!(
            of("https://r.example/v2/a/manifests/sha256%3Aab"),
            named(Kind::Manifests, "a", "sha256:ab")
        );
        assert_eq!(of("https://r.example/v2/blobs/blobs/x"), named(Kind::Blobs, "blobs", "x"));
        assert_eq!(of("https://r.example/v2/a/tags/list"), Asked::Tags("a".to_owned()));
        for upload in ["a/blobs/uploads/", "a/blobs/uploads", "a/blobs/uploads/1-2"] {
            let url = format!("https://r.example/v2/{upload}");
            assert_eq!(of(&url), Asked::Upload("a".to_owned()), "{upload}");
        }
        assert_eq!(of("https://r.example/v2/a/blobs/"), Asked::Api);
        assert_eq!(of("https://r.example/token?service=x"), Asked::Elsewhere);
        assert_eq!(of("https://r.example/v2x/"), Asked::Elsewhere);
    }
}
