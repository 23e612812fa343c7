//! Manifests, configs and lists of tags whose fields are not what they should be.

use crate::case::{ANY, Case, WORKS, case};
use crate::image::{CONFIG_TYPE, DOCKER, INDEX, Image, LAYER_TYPE, OCI, descriptor, index_of, made_up};

/// This is the manifest, of this media type.
fn manifest(name: &'static str, media_type: &'static str, body: impl Into<Vec<u8>>) -> Case {
    let image = Image::of_manifest(body).typed(media_type);
    case(name, ANY, move |asked| image.act(asked))
}

/// A manifest whose config has this descriptor.
fn config_descriptor(name: &'static str, config: &str) -> Case {
    manifest(
        name,
        DOCKER,
        format!(r#"{{"schemaVersion":2,"mediaType":"{DOCKER}","config":{config},"layers":[]}}"#),
    )
}

fn config(name: &'static str, body: impl Into<Vec<u8>>) -> Case {
    let image = Image::of_config(body);
    case(name, ANY, move |asked| image.act(asked))
}

fn tags(name: &'static str, body: &'static str) -> Case {
    case(name, WORKS, move |asked| Image::plain().tags(body).act(asked))
}

/// A config's descriptor with this digest.
fn digest_of(digest: &str) -> String {
    format!(r#"{{"mediaType":"{CONFIG_TYPE}","digest":"{digest}","size":2}}"#)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = manifests();
    all.extend(configs());
    all
}

fn manifests() -> Vec<Case> {
    let empty = descriptor(CONFIG_TYPE, b"{}");
    let sizes = |size: &str| empty.replace("\"size\":2", &format!("\"size\":{size}"));
    vec![
        config_descriptor("documents/size-negative", &sizes("-1")),
        config_descriptor("documents/size-enormous", &sizes("99999999999999999999999999999999")),
        config_descriptor("documents/size-exponent", &sizes("1e308")),
        config_descriptor("documents/size-overflow", &sizes("1e309")),
        config_descriptor("documents/size-fraction", &sizes("0.1")),
        config_descriptor("documents/size-text", &sizes("\"2\"")),
        config_descriptor("documents/config-null", "null"),
        config_descriptor("documents/config-array", "[[],{}]"),
        config_descriptor("documents/digest-null", r#"{"digest":null}"#),
        config_descriptor("documents/digest-empty", &digest_of("")),
        config_descriptor("documents/digest-short", &digest_of("sha256:abc")),
        config_descriptor("documents/digest-upper-case", &digest_of(&made_up(0xabc).to_uppercase())),
        config_descriptor("documents/digest-traversal", &digest_of("sha256:../../../../etc/passwd")),
        config_descriptor(
            "documents/digest-splits-requests",
            &digest_of("sha256:a HTTP/1.1\\r\\nx-evil: canary\\r\\n\\r\\n"),
        ),
        config_descriptor("documents/digest-query", &digest_of("sha256:a?b=c#d")),
        config_descriptor(
            "documents/digest-unknown-algorithm",
            &digest_of("canary+x:0123456789abcdef0123456789abcdef"),
        ),
        config_descriptor("documents/digest-sha512", &digest_of(&format!("sha512:{}", "a".repeat(128)))),
        manifest(
            "documents/duplicate-keys",
            DOCKER,
            format!(
                r#"{{"schemaVersion":1,"schemaVersion":2,"config":null,"config":{empty},"layers":[],"layers":[null]}}"#
            ),
        ),
        manifest(
            "documents/nulls",
            DOCKER,
            r#"{"schemaVersion":null,"mediaType":null,"config":null,"layers":null,"manifests":null}"#,
        ),
        manifest(
            "documents/wrong-types",
            OCI,
            r#"{"schemaVersion":"2","mediaType":["a"],"config":"c","layers":{"a":1},"annotations":[1]}"#,
        ),
        manifest(
            "documents/layers-of-nulls",
            OCI,
            format!(r#"{{"schemaVersion":2,"config":{empty},"layers":[null,1,"a",[],{{}}]}}"#),
        ),
        manifest("documents/schema-version-huge", DOCKER, r#"{"schemaVersion":18446744073709551616}"#),
        manifest("documents/schema-version-fraction", DOCKER, r#"{"schemaVersion":2.0000000000000001}"#),
        manifest(
            "documents/both-manifest-and-index",
            OCI,
            format!(r#"{{"schemaVersion":2,"config":{empty},"layers":[],"manifests":[]}}"#),
        ),
        manifest("documents/index-without-entries", INDEX, index_of("")),
        manifest("documents/index-of-nulls", INDEX, index_of("null,1,{},[]")),
        manifest(
            "documents/index-platforms-wrong",
            INDEX,
            index_of(
                r#"{"digest":"sha256:a","platform":[]},{"platform":{"os":1,"architecture":null}},{"platform":"linux/amd64"}"#,
            ),
        ),
        manifest(
            "documents/schema1-garbage",
            "application/vnd.docker.distribution.manifest.v1+prettyjws",
            r#"{"schemaVersion":1,"fsLayers":null,"history":[{"v1Compatibility":"{"}],"signatures":[{"protected":"%%%","header":1}]}"#,
        ),
        manifest(
            "documents/schema1-payload-out-of-range",
            "application/vnd.docker.distribution.manifest.v1+prettyjws",
            // {"formatLength":18446744073709551615,"formatTail":"fQ"}
            r#"{"schemaVersion":1,"fsLayers":[{"blobSum":"x"}],"history":[],"signatures":[{"protected":"eyJmb3JtYXRMZW5ndGgiOjE4NDQ2NzQ0MDczNzA5NTUxNjE1LCJmb3JtYXRUYWlsIjoiZlEifQ"}]}"#,
        ),
        manifest(
            "documents/trailing-bytes",
            DOCKER,
            format!(r#"{{"schemaVersion":2,"config":{empty},"layers":[]}} {{"b":1}}"#),
        ),
        manifest(
            "documents/urls",
            OCI,
            format!(
                r#"{{"schemaVersion":2,"config":{empty},"layers":[{{"mediaType":"{LAYER_TYPE}","digest":"{}","size":1,"urls":["file:///etc/passwd","javascript:canary()"]}}]}}"#,
                made_up(1)
            ),
        ),
    ]
}

fn configs() -> Vec<Case> {
    vec![
        config("documents/config-empty", "{}"),
        config("documents/config-no-json", "\0\0\0"),
        config("documents/config-is-a-list", "[1,2,3]"),
        config(
            "documents/config-nulls",
            r#"{"architecture":null,"os":null,"config":null,"rootfs":null,"history":null,"created":null}"#,
        ),
        config(
            "documents/config-wrong-types",
            r#"{"architecture":1,"os":[],"config":[],"rootfs":"x","history":{"a":1},"created":9e99}"#,
        ),
        config(
            "documents/config-env-wrong",
            r#"{"architecture":"amd64","os":"linux","config":{"Env":{"A":"b"},"Cmd":"x","Entrypoint":[1,null],"Labels":["a"],"User":0}}"#,
        ),
        config(
            "documents/config-diff-ids-wrong",
            r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[null,1,"sha256:x"]}}"#,
        ),
        config(
            "documents/config-created-wrong",
            r#"{"architecture":"amd64","os":"linux","created":"+292277026596-12-04T15:30:07.999999999Z"}"#,
        ),
        config(
            "documents/config-surrogates",
            r#"{"architecture":"amd64","os":"\ud800","config":{"Env":["\udfff=x"]}}"#,
        ),
        tags("documents/tags-null", r#"{"name":"a/b","tags":null}"#),
        tags("documents/tags-numbers", r#"{"name":1,"tags":[1,null,{},["c"]]}"#),
        tags("documents/tags-an-object", r#"{"name":"a/b","tags":{"c":"d"}}"#),
        tags("documents/tags-a-list", r#"["c"]"#),
        tags("documents/tags-duplicated", r#"{"tags":["c","c","c",""],"tags":[]}"#),
    ]
}
