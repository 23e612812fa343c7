use tempfile::TempDir;

use super::super::helper::tests::script;
use super::*;

struct Home {
    dir: TempDir,
    options: SourceOptions,
}

impl Home {
    fn new() -> Home {
        let dir = tempfile::tempdir().unwrap();
        let env = EnvSnapshot {
            home: Some(dir.path().to_owned()),
            path: Some(dir.path().join("bin").into()),
            ..EnvSnapshot::default()
        };
        std::fs::create_dir(dir.path().join("bin")).unwrap();
        Home { dir, options: SourceOptions { env, ..SourceOptions::default() } }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn helper(&self, name: &str, body: &str) {
        script(&self.dir.path().join("bin"), &format!("docker-credential-{name}"), body);
    }

    async fn find(&self, registry: &str) -> String {
        match find(&self.options, registry, "org/repo").await {
            Ok(found) => {
                let secret = match &found.secret {
                    Secret::Basic { username, password } => {
                        format!("{username}:{}", password.expose_secret())
                    }
                    Secret::IdentityToken(t) => format!("identity {}", t.expose_secret()),
                    Secret::RegistryToken(t) => format!("registry {}", t.expose_secret()),
                    Secret::None => "none".to_owned(),
                };
                let mut lines = vec![format!("{secret} from {}", found.source)];
                lines.extend(found.problems);
                lines.join("\n")
            }
            Err(e) => format!("error: {e}").replace(&self.dir.path().display().to_string(), "DIR"),
        }
    }
}

const DOCKER: &str = ".docker/config.json";

#[tokio::test]
async fn the_command_line_comes_first() {
    let mut home = Home::new();
    home.file(DOCKER, r#"{"auths":{"gcr.io":{"auth":"dTpw"}}}"#);
    assert_eq!(home.find("gcr.io").await, "u:p from ~/.docker/config.json, key gcr.io");
    home.options.token = Some("tok\n".into());
    assert_eq!(home.find("gcr.io").await, "registry tok from --token-stdin");
    home.options.username = Some("x".into());
    assert_eq!(home.find("gcr.io").await, "error: --username needs a password: give --password-stdin");
    home.options.password = Some("y".into());
    assert_eq!(home.find("gcr.io").await, "x:y from --username");
    home.options.anonymous = true;
    assert_eq!(home.find("gcr.io").await, "none from anonymous");
}

#[tokio::test]
async fn files_in_order_and_each_only_where_it_has_an_entry() {
    let mut home = Home::new();
    assert_eq!(home.find("gcr.io").await, "none from anonymous");
    home.file(".config/containers/auth.json", r#"{"auths":{"gcr.io":{"auth":"YTph"}}}"#);
    assert_eq!(home.find("gcr.io").await, "a:a from ~/.config/containers/auth.json, key gcr.io");
    home.options.env.xdg_runtime_dir = Some(home.dir.path().join("run"));
    home.file("run/containers/auth.json", r#"{"auths":{"gcr.io/org":{"auth":"Yjpi"}}}"#);
    assert_eq!(home.find("gcr.io").await, "b:b from $XDG_RUNTIME_DIR/containers/auth.json, key gcr.io/org");
    home.file(DOCKER, r#"{"auths":{"https://gcr.io/v1/":{"auth":"Yzpj"}}}"#);
    assert_eq!(home.find("gcr.io").await, "c:c from ~/.docker/config.json, key https://gcr.io/v1/");
    home.options.env.docker_config = Some(home.dir.path().join("d"));
    home.file("d/config.json", r#"{"auths":{"GCR.io:443":{"auth":"ZDpk"}}}"#);
    assert_eq!(home.find("gcr.io").await, "d:d from $DOCKER_CONFIG/config.json, key GCR.io:443");
    home.options.env.registry_auth_file =
        Some(home.file("e.json", r#"{"auths":{"gcr.io/":{"auth":"ZTpl"}}}"#));
    assert_eq!(home.find("gcr.io").await, "e:e from $REGISTRY_AUTH_FILE, key gcr.io/");
    assert_eq!(home.find("quay.io").await, "none from anonymous");
}

#[tokio::test]
async fn the_hub_and_its_helper() {
    let home = Home::new();
    home.file(DOCKER, r#"{"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"}}}"#);
    assert_eq!(
        home.find("docker.io").await,
        "u:p from ~/.docker/config.json, key https://index.docker.io/v1/"
    );
    home.helper("t", r#"read s; echo "{\"Username\":\"$s\",\"Secret\":\"p\"}""#);
    home.file(DOCKER, r#"{"auths":{"docker.io":{}},"credsStore":"t"}"#);
    assert_eq!(
        home.find("docker.io").await,
        "https://index.docker.io/v1/:p from helper docker-credential-t (~/.docker/config.json)"
    );
}

#[tokio::test]
async fn a_helper_is_asked_again_by_the_spelling_in_auths() {
    let home = Home::new();
    home.helper(
        "t",
        r#"read s; case "$s" in https*) echo "{\"Username\":\"<token>\",\"Secret\":\"x\"}";; *) echo credentials not found; exit 1;; esac"#,
    );
    home.file(DOCKER, r#"{"auths":{"https://h.example":{"auth":""}},"credHelpers":{"h.example":"t"}}"#);
    assert_eq!(
        home.find("h.example").await,
        "identity x from helper docker-credential-t (~/.docker/config.json)"
    );
}

#[tokio::test]
async fn broken_sources_are_told_and_passed_over() {
    let home = Home::new();
    home.file(DOCKER, r#"{"auths":{"gcr.io":{"auth":"dTpw"}},"credsStore":"gone"}"#);
    insta::assert_snapshot!(home.find("gcr.io").await, @r"
    u:p from ~/.docker/config.json, key gcr.io
    ~/.docker/config.json: credsStore: helper docker-credential-gone is not on PATH: install it, or log in again without it
    ");
    home.file(DOCKER, r#"{"credHelpers":{"gcr.io":"/bin/sh"}}"#);
    insta::assert_snapshot!(home.find("gcr.io").await, @r#"
    none from anonymous
    ~/.docker/config.json: credHelpers: the helper name "/bin/sh" is not a plain name, and was not run
    "#);
    home.file(DOCKER, "{\"auths\":\n {,}");
    home.file(".config/containers/auth.json", r#"{"auths":{"gcr.io":{"auth":"YTph"}}}"#);
    insta::assert_snapshot!(home.find("gcr.io").await, @r"
    a:a from ~/.config/containers/auth.json, key gcr.io
    ~/.docker/config.json: line 2, column 3: not valid JSON: correct the file, or move it away and log in again
    ");
}

#[tokio::test]
async fn a_named_file_must_be_usable() {
    let mut home = Home::new();
    home.options.authfile = Some(home.dir.path().join("a.json"));
    insta::assert_snapshot!(home.find("gcr.io").await, @"error: DIR/a.json: no such file");
    home.file("a.json", "{");
    insta::assert_snapshot!(home.find("gcr.io").await, @"error: DIR/a.json: line 1, column 1: the JSON ends too early: correct the file, or move it away and log in again");
    home.file("a.json", r#"{"credsStore":"gone"}"#);
    insta::assert_snapshot!(home.find("gcr.io").await, @"error: DIR/a.json: credsStore: helper docker-credential-gone is not on PATH: install it, or log in again without it");
    home.file("a.json", "{}");
    insta::assert_snapshot!(home.find("gcr.io").await, @r"
    none from anonymous
    --authfile has no entry for gcr.io: requests go out anonymously
    ");
    home.file("a.json", r#"{"auths":{"gcr.io":{"registrytoken":"t"}}}"#);
    assert_eq!(home.find("gcr.io").await, "registry t from --authfile, key gcr.io");
}

#[tokio::test]
async fn registry_auth_file_that_is_not_there_is_told() {
    let mut home = Home::new();
    home.options.env.registry_auth_file = Some(home.dir.path().join("no.json"));
    insta::assert_snapshot!(home.find("gcr.io").await, @r"
    none from anonymous
    $REGISTRY_AUTH_FILE names a file that does not exist
    ");
}
