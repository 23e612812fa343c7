//! Blobs as they are really sent: coded, in parts, or late.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::registry;
use crate::lab::request::LabRequest;
use crate::lab::respond::{Body, Reply};
use crate::lab::route::{Route, Site};

/// Requests for each blob that a cold cache answers 404.
const FIRST: u64 = 2;

/// A quirk of blobs that is said in a few lines.
pub(super) struct Delivery {
    id: &'static str,
    about: &'static str,
    seen_at: &'static [&'static str],
    /// Answers a request for a blob that is there, by its digest.
    before: fn(&LabRequest, &Store) -> Option<Reply>,
    /// Changes such an answer.
    after: fn(&LabRequest, &mut Reply),
}

impl Delivery {
    const NONE: Delivery =
        Delivery { id: "", about: "", seen_at: &[], before: |_, _| None, after: |_, _| {} };
}

/// Whether a blob is asked for that is there.
fn concerns(request: &LabRequest, store: &Store) -> bool {
    let Route::Blob { repository, digest: Ok(digest) } = &request.route else { return false };
    request.site == Site::Registry && request.is_read() && store.blob(repository, digest).is_some()
}

impl Quirk for Delivery {
    fn id(&self) -> &'static str {
        self.id
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn seen_at(&self) -> &'static [&'static str] {
        self.seen_at
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        if concerns(request, store) { (self.before)(request, store) } else { None }
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, store: &Store) {
        if concerns(request, store) && reply.is_success() {
            (self.after)(request, reply);
        }
    }
}

fn asks_gzip(request: &LabRequest) -> bool {
    request.header("accept-encoding").is_some_and(|value| value.contains("gzip"))
}

pub(super) const ENCODING: Delivery = Delivery {
    id: "blob-content-encoding",
    about: "blobs are compressed on their way for those who accept gzip",
    seen_at: &["nginx and httpd before registries", "registry.access.redhat.com", "moby/moby#17595"],
    after: |request, reply| {
        if !asks_gzip(request) {
            return;
        }
        let Some(bytes) = reply.bytes() else { return };
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Writing into a Vec cannot fail.
        let _ = encoder.write_all(bytes);
        reply.body = Body::Chunked(encoder.finish().unwrap_or_default().into());
        reply.set("Content-Encoding", "gzip");
    },
    ..Delivery::NONE
};

pub(super) const NO_LENGTH: Delivery = Delivery {
    id: "cloudflare-edge-drops-length",
    about: "blobs come without Content-Length to those who accept gzip",
    seen_at: &[
        "Cloudflare serverless-registry",
        "cloudflare/serverless-registry#134",
        "cloudflare/serverless-registry#136",
    ],
    after: |request, reply| {
        if let Some(bytes) = reply.bytes().cloned().filter(|_| asks_gzip(request)) {
            reply.body = Body::Chunked(bytes);
        }
    },
    ..Delivery::NONE
};

/// The answer as if no range had been asked for.
fn whole(request: &LabRequest, store: &Store) -> Reply {
    let mut request = request.clone();
    request.headers.remove("range");
    registry::answer(&request, store)
}

pub(super) const IGNORED: Delivery = Delivery {
    id: "range-ignored-200",
    about: "a range of a blob is answered with the whole of it",
    seen_at: &["distribution and Harbor as caches", "goharbor/harbor#23875", "project-zot/zot#762"],
    before: |request, store| {
        let mut reply = whole(request, store);
        reply.remove("Accept-Ranges");
        Some(reply)
    },
    ..Delivery::NONE
};

pub(super) const MULTIRANGE: Delivery = Delivery {
    id: "multirange-unsupported",
    about: "one range of a blob is served, several are refused",
    seen_at: &["GCR", "containerd/stargz-snapshotter#81", "Amazon ECR (the whole)"],
    before: |request, _| {
        let many = request.header("range").is_some_and(|range| range.contains(','));
        many.then(|| Reply::content(400, "application/xml", "<Error><Code>InvalidArgument</Code></Error>"))
    },
    ..Delivery::NONE
};

pub(super) const RANGE_400: Delivery = Delivery {
    id: "blob-range-400",
    about: "a request for a range of a blob is refused",
    seen_at: &["GitLab, 2019", "Artifactory", "giuseppe/crfs-plugin#1", "oras-project/oras-go#368"],
    before: |request, _| {
        let message = "the Range header is not understood";
        request.header("range").map(|_| Reply::error(400, "UNSUPPORTED", message, None))
    },
    ..Delivery::NONE
};

pub(super) const BOUNDARY: Delivery = Delivery {
    id: "multipart-boundary-invalid",
    about: "the boundary of several ranges has a colon, without quotes",
    seen_at: &["Amazon CloudFront", "containers/image, docker_image_src.go"],
    after: |_, reply| {
        let Some(boundary) =
            reply.header("content-type").and_then(|t| t.split_once("boundary=")).map(|(_, b)| b.to_owned())
        else {
            return;
        };
        let Some(bytes) = reply.bytes() else { return };
        // Layers are no text: they are cut at the boundary as bytes.
        let (old, new) = (boundary.as_bytes(), b"CloudFront:0123456789ABCDEF");
        let (mut body, mut rest) = (Vec::new(), &bytes[..]);
        while let Some(at) = rest.windows(old.len()).position(|window| window == old) {
            body.extend(&rest[..at]);
            body.extend(new);
            rest = &rest[at + old.len()..];
        }
        body.extend(rest);
        reply.body = Body::Bytes(body.into());
        reply.set("Content-Type", "multipart/byteranges; boundary=CloudFront:0123456789ABCDEF");
    },
    ..Delivery::NONE
};

pub(super) const COLD: Delivery = Delivery {
    id: "blob-404-until-manifest-pulled",
    about: "a blob is 404 at first, while the cache fetches it",
    seen_at: &["Pulp", "Artifactory remote repositories", "sapcc/keppel#522"],
    before: |request, _| {
        let Route::Blob { digest: Ok(digest), .. } = &request.route else { return None };
        let seen = request.lab.count(&format!("cold {digest}"));
        (seen < FIRST).then(|| Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry", None))
    },
    ..Delivery::NONE
};
