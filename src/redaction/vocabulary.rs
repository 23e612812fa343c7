//! The words that registries and clients say to each other all the time.

/// The words of the protocol, lower case, each between blanks. Parts of them count as well: they would be found in them.
const WORDS: &str = " http https http/1.0 http/1.1 http/2 regprobe latest stable main master develop nightly release edge production staging testing default \
    linux/amd64 linux/arm64 linux/arm/v7 linux/386 windows/amd64 linux windows darwin freebsd amd64 x86_64 i386 arm64 aarch64 armv7 armhf ppc64le s390x riscv64 mips64le loong64 unknown \
    docker podman containerd cri-o skopeo crane buildah helm oras kaniko notation cosign harbor quay artifactory nexus gitea \
    gitlab github google amazon azure alibaba registry registries library repository repositories image images index \
    manifest manifests manifestlist blobs layers config digest digests tags list referrers referrer uploads catalog _catalog \
    artifact artifacts artifacttype subject annotations platform architecture variant features schemaversion mediatype size \
    signatures fslayers blobsum history v1compatibility rootfs diff_ids created created_by author comment empty_layer \
    container container_config entrypoint cmd env workingdir labels exposedports volumes onbuild stopsignal healthcheck \
    user username password passwd secret token access_token refresh_token identity_token token_type expires_in issued_at \
    anonymous bearer basic digest negotiate realm service scope account client_id offline_token grant_type admin administrator \
    guest public private root nobody test tests demo example localhost pull push delete \
    unauthorized denied forbidden unsupported toomanyrequests unavailable blob_unknown blob_upload_invalid blob_upload_unknown \
    digest_invalid manifest_blob_unknown manifest_invalid manifest_unknown manifest_unverified name_invalid name_unknown \
    size_invalid tag_invalid pagination_number_invalid internal_error not_found bad_request \
    errors error code message detail details status reason invalid incorrect required authentication authorization \
    insufficient_scope invalid_token invalid_request invalid_scope \
    accept accept-encoding accept-language accept-ranges age allow cache-control connection content-disposition \
    content-encoding content-language content-length content-location content-range content-security-policy content-type \
    cookie date docker-content-digest docker-distribution-api-version registry/2.0 docker-upload-uuid oci-filters-applied \
    oci-subject etag expires forwarded host if-match if-modified-since if-none-match keep-alive last-modified link location \
    origin pragma proxy-authenticate proxy-authorization range referer retry-after server set-cookie strict-transport-security \
    trailer transfer-encoding upgrade user-agent vary via warning www-authenticate x-content-type-options x-frame-options \
    x-forwarded-for x-forwarded-proto x-request-id x-powered-by x-xss-protection ratelimit-limit ratelimit-remaining \
    ratelimit-reset no-cache no-store must-revalidate max-age private proxy-revalidate nosniff sameorigin chunked identity \
    gzip deflate bytes close httponly secure samesite nginx apache openresty envoy haproxy traefik cloudflare varnish squid \
    amazons3 windows-azure-blob minio istio-envoy kestrel jetty tomcat express utf-8 charset sha256 sha384 sha512 rel=\"next\" \
    true false null none empty okay multi status continue found moved permanently temporary redirect unprocessable conflict \
    gateway timeout internal implemented acceptable satisfiable document type html head body title center script style \
    doctype ";

/// Whether a text, in lower case, is one of the words or a part of one.
pub(super) fn holds(text: &str) -> bool {
    !text.contains(' ') && WORDS.contains(text)
}

/// `type/subtype`, perhaps with parameters.
pub(super) fn is_media_type(text: &str) -> bool {
    const TYPES: [&str; 9] =
        ["application", "text", "image", "audio", "video", "multipart", "message", "model", "font"];
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence.split_once('/').is_some_and(|(kind, subtype)| {
        TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known))
            && subtype.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_parts_and_types() {
        assert!(holds("latest") && holds("manif") && holds("www-authenticate"));
        assert!(!holds("hunter2") && !holds("latest stable") && !holds("password1"));
        assert!(
            is_media_type("application/vnd.oci.image.index.v1+json")
                && is_media_type("Text/HTML; charset=utf-8")
        );
        assert!(!is_media_type("team/app") && !is_media_type("text/a b"));
    }
}
