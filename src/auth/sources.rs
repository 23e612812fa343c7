//! Where credentials come from, in order; the first source that has some wins:
//!
//! 1. `--anonymous`: none at all
//! 2. `--username` with a password
//! 3. `--token-stdin`
//! 4. `--authfile`: that file only
//! 5. `$REGISTRY_AUTH_FILE`
//! 6. `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`
//! 7. podman's `$XDG_RUNTIME_DIR/containers/auth.json`, `$XDG_CONFIG_HOME/containers/auth.json`,
//!    `~/.config/containers/auth.json`
//!
//! Podman looks at its own files before docker's; here docker's come first, and where only one of them
//! has an entry the order does not matter. Within a file: `credHelpers` for the host, `credsStore`, `auths`.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncReadExt;

use super::docker_config::CredentialsFile;
use super::helper;
use super::keys;
use super::secret::{Found, Secret, is_sendable};

/// Bigger than any credentials file; a device or a mistaken path is not read to its end.
const FILE_LIMIT: u64 = 4 << 20;

/// What the user said about credentials. No `Debug`: it holds them.
#[derive(Clone, Default)]
pub struct SourceOptions {
    /// `--anonymous`
    pub anonymous: bool,
    /// `--username`
    pub username: Option<String>,
    /// `--password-stdin`
    pub password: Option<SecretString>,
    /// `--token-stdin`: sent as Bearer as it is.
    pub token: Option<SecretString>,
    /// `--authfile`
    pub authfile: Option<PathBuf>,
    /// The environment.
    pub env: EnvSnapshot,
}

/// The environment variables that matter, read once, so that a run sees one state and tests can set their own.
#[derive(Debug, Clone, Default)]
pub struct EnvSnapshot {
    /// `HOME`
    pub home: Option<PathBuf>,
    /// `DOCKER_CONFIG`: a directory.
    pub docker_config: Option<PathBuf>,
    /// `REGISTRY_AUTH_FILE`
    pub registry_auth_file: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`
    pub xdg_runtime_dir: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`
    pub xdg_config_home: Option<PathBuf>,
    /// `PATH`: where helpers are found.
    pub path: Option<OsString>,
}

impl EnvSnapshot {
    /// Of this process. An empty variable counts as unset.
    pub fn take() -> EnvSnapshot {
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        EnvSnapshot {
            home: var("HOME").or_else(|| var("USERPROFILE")).map(PathBuf::from),
            docker_config: var("DOCKER_CONFIG").map(PathBuf::from),
            registry_auth_file: var("REGISTRY_AUTH_FILE").map(PathBuf::from),
            xdg_runtime_dir: var("XDG_RUNTIME_DIR").map(PathBuf::from),
            xdg_config_home: var("XDG_CONFIG_HOME").map(PathBuf::from),
            path: var("PATH"),
        }
    }
}

/// Credentials that the user named cannot be used: the run must not go on without them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialError {
    /// The options contradict each other, or hold what cannot be sent.
    Usage(String),
    /// The file of `--authfile` cannot be used.
    File {
        /// The path as given.
        path: PathBuf,
        /// Why, with line and column where that is known.
        why: String,
    },
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CredentialError::Usage(why) => f.write_str(why),
            CredentialError::File { path, why } => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl std::error::Error for CredentialError {}

/// Looks for credentials for a registry (`docker.io`, `host:port`) and, where keys name a path, a repository.
pub async fn find(
    options: &SourceOptions,
    registry: &str,
    repository: &str,
) -> Result<Found, CredentialError> {
    if options.anonymous {
        return Ok(found(Secret::None, "anonymous"));
    }
    match (&options.username, &options.password) {
        (Some(username), Some(password)) => {
            let secret = Secret::Basic { username: username.clone(), password: password.clone() };
            return Ok(found(secret, "--username"));
        }
        (Some(_), None) => {
            return Err(CredentialError::Usage("--username needs a password: give --password-stdin".into()));
        }
        (None, Some(_)) => {
            return Err(CredentialError::Usage("--password-stdin needs --username".into()));
        }
        (None, None) => {}
    }
    if let Some(token) = &options.token {
        let token = token.expose_secret().trim();
        if !is_sendable(token) {
            let why = "the token on stdin is empty, or holds characters that a header cannot";
            return Err(CredentialError::Usage(why.into()));
        }
        return Ok(found(Secret::RegistryToken(token.into()), "--token-stdin"));
    }
    if let Some(path) = &options.authfile {
        return in_named_file(path, options, registry, repository).await;
    }
    let mut problems = Vec::new();
    for (path, label, must_exist) in places(&options.env) {
        let looked = look(&path, &label, &options.env, registry, repository).await;
        problems.extend(looked.problems.into_iter().map(|p| format!("{label}: {p}")));
        if looked.missing && must_exist {
            problems.push(format!("{label} names a file that does not exist"));
        }
        if let Some((secret, source)) = looked.hit {
            return Ok(Found { secret, source, problems });
        }
    }
    Ok(Found { secret: Secret::None, source: "anonymous".into(), problems })
}

fn found(secret: Secret, source: &str) -> Found {
    Found { secret, source: source.to_owned(), problems: Vec::new() }
}

async fn in_named_file(
    path: &Path,
    options: &SourceOptions,
    registry: &str,
    repository: &str,
) -> Result<Found, CredentialError> {
    let looked = look(path, "--authfile", &options.env, registry, repository).await;
    let error = |why: String| CredentialError::File { path: path.to_owned(), why };
    if looked.missing {
        return Err(error("no such file".into()));
    }
    let mut problems = looked.problems;
    match looked.hit {
        Some((secret, source)) => Ok(Found { secret, source, problems }),
        None if !problems.is_empty() => Err(error(problems.join("; "))),
        None => {
            problems.push(format!("--authfile has no entry for {registry}: requests go out anonymously"));
            Ok(Found { secret: Secret::None, source: "anonymous".into(), problems })
        }
    }
}

/// The files to look in, each with the name it is spoken of by, and whether it ought to exist. The name
/// holds no home directory, as it goes into reports that are shared.
fn places(env: &EnvSnapshot) -> Vec<(PathBuf, String, bool)> {
    let mut places: Vec<(PathBuf, String, bool)> = Vec::new();
    let mut add = |path: PathBuf, label: &str, must_exist| {
        if !places.iter().any(|(known, ..)| *known == path) {
            places.push((path, label.to_owned(), must_exist));
        }
    };
    if let Some(file) = &env.registry_auth_file {
        add(file.clone(), "$REGISTRY_AUTH_FILE", true);
    }
    if let Some(dir) = &env.docker_config {
        add(dir.join("config.json"), "$DOCKER_CONFIG/config.json", false);
    } else if let Some(home) = &env.home {
        add(home.join(".docker/config.json"), "~/.docker/config.json", false);
    }
    if let Some(dir) = &env.xdg_runtime_dir {
        add(dir.join("containers/auth.json"), "$XDG_RUNTIME_DIR/containers/auth.json", false);
    }
    if let Some(dir) = &env.xdg_config_home {
        add(dir.join("containers/auth.json"), "$XDG_CONFIG_HOME/containers/auth.json", false);
    }
    if let Some(home) = &env.home {
        add(home.join(".config/containers/auth.json"), "~/.config/containers/auth.json", false);
    }
    places
}

#[derive(Default)]
struct Looked {
    hit: Option<(Secret, String)>,
    problems: Vec<String>,
    missing: bool,
}

async fn look(path: &Path, label: &str, env: &EnvSnapshot, registry: &str, repository: &str) -> Looked {
    let mut looked = Looked::default();
    let bytes = match read(path).await {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            looked.missing = true;
            return looked;
        }
        Err(e) => {
            looked.problems.push(format!("cannot be read: {e}"));
            return looked;
        }
    };
    if bytes.len() as u64 > FILE_LIMIT {
        looked.problems.push(format!("larger than {} MiB: not a credentials file", FILE_LIMIT >> 20));
        return looked;
    }
    let file = match CredentialsFile::parse(&bytes) {
        Ok((file, note)) => {
            looked.problems.extend(note);
            file
        }
        Err(why) => {
            looked.problems.push(why);
            return looked;
        }
    };
    if let Some(secret) = ask_helper(&file, env, registry, repository, &mut looked.problems).await {
        looked.hit = Some((secret.0, format!("helper {} ({label})", secret.1)));
        return looked;
    }
    for (key, entry) in file.entries(registry, repository) {
        let (secret, note) = entry.secret();
        looked.problems.extend(note.map(|note| format!("key {key}: {note}")));
        match secret {
            Some(Secret::RegistryToken(token)) if !is_sendable(token.expose_secret()) => {
                looked.problems.push(format!("key {key}: `registrytoken` cannot stand in a header"));
            }
            Some(secret) => {
                looked.hit = Some((secret, format!("{label}, key {key}")));
                return looked;
            }
            None => {}
        }
    }
    looked
}

async fn ask_helper(
    file: &CredentialsFile,
    env: &EnvSnapshot,
    registry: &str,
    repository: &str,
    problems: &mut Vec<String>,
) -> Option<(Secret, String)> {
    let name = file.helper(registry)?;
    let program = match helper::program(name.name) {
        Ok(program) => program,
        Err(why) => {
            problems.push(format!("{}: {why}", name.named_by));
            return None;
        }
    };
    // An old log-in may have stored the credentials under the spelling that still stands in `auths`.
    let mut servers = vec![keys::helper_server(registry)];
    let spelled = file.entries(registry, repository).first().map(|(key, _)| (*key).to_owned());
    servers.extend(spelled.filter(|key| *key != servers[0]));
    for server in servers {
        match helper::get(&program, &server, env.path.as_deref(), helper::LIMIT).await {
            Ok(Some(secret)) => return Some((secret, program)),
            Ok(None) => {}
            Err(why) => {
                problems.push(format!("{}: {why}", name.named_by));
                return None;
            }
        }
    }
    None
}

async fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    tokio::fs::File::open(path).await?.take(FILE_LIMIT + 1).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
