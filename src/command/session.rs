//! What one call needs before it can ask anything: probes, targets, credentials, a transport.

use std::cell::OnceCell;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use secrecy::{ExposeSecret, SecretString};

use super::{CommandError, load_probes};
use crate::auth::{self, Authenticator, EnvSnapshot, Found, SourceOptions};
use crate::cli::settings::{Login, ProbeSettings, TargetList};
use crate::cli::stdin;
use crate::exchange::Method;
use crate::plan::expand::expand;
use crate::plan::{Cell, CellId, Endpoint, Subject, Vary};
use crate::probes::{Probes, Suite};
use crate::recording::{Recording, RunNote};
use crate::redaction;
use crate::runner::{Job, Progress, RunSettings, run};
use crate::target::{Scheme, Target};
use crate::transport::{Transport, TransportConfig};

/// Everything that stays the same for all images of a call.
pub(crate) struct Session {
    pub(crate) probes: Probes,
    pub(crate) targets: Vec<Target>,
    suite: Suite,
    sources: SourceOptions,
    transport: Transport,
    run: RunSettings,
    spec: crate::oracle::Spec,
    started: Instant,
    /// Every secret this call knows: no output may hold one.
    pub(crate) secrets: Vec<SecretString>,
    /// The words of every target.
    words: Vec<String>,
}

impl Session {
    /// Reads everything that can be wrong before a single request is sent.
    pub(crate) fn open(settings: &ProbeSettings, input: &mut dyn Read) -> Result<Session, CommandError> {
        let probes = load_probes(settings.probes.as_deref())?;
        let suite = probes.suite_for(&settings.suite, settings.allow_upstream).map_err(CommandError::new)?;
        let mut secrets: Vec<SecretString> = settings.headers.iter().map(|h| h.value.clone()).collect();
        let given = if settings.login.reads_stdin() {
            Some(stdin::read_secret(input).map_err(CommandError::new)?)
        } else {
            None
        };
        secrets.extend(given.clone());
        let targets = targets(settings, input)?;
        let words: Vec<String> = targets.iter().flat_map(redaction::words_of).collect();
        let config = transport(settings, &secrets, words.clone())?;
        let transport = Transport::new(config).map_err(|e| CommandError::new(e.to_string()))?;
        secrets.retain(|secret| !is_word(secret, &words));
        Ok(Session {
            probes,
            suite,
            targets,
            sources: sources(&settings.login, given),
            transport,
            run: run_settings(settings),
            spec: settings.spec,
            started: Instant::now(),
            secrets,
            words,
        })
    }

    /// The suite's id.
    pub(crate) fn suite(&self) -> &str {
        &self.suite.id
    }

    /// Probes one target. The secrets that `progress` is handed are those learnt on the way. What can fail here fails before the first request; the rest is observation.
    pub(crate) async fn probe(
        &mut self,
        target: &Target,
        stop: impl Future<Output = ()>,
        progress: impl Fn(Progress<'_>, &dyn Fn() -> Vec<SecretString>),
    ) -> Result<Recording, CommandError> {
        let cells = expand(&self.suite.cells, target);
        self.ask(target, &cells, stop, progress).await
    }

    /// Asks some cells another time, and beside them only what it takes to learn what they ask for.
    pub(crate) async fn ask_again(
        &mut self,
        target: &Target,
        suspects: &[CellId],
        stop: impl Future<Output = ()>,
    ) -> Result<Recording, CommandError> {
        let teaches = |cell: &Cell| {
            cell.vary == Vary::default()
                && match cell.endpoint {
                    Endpoint::Ping => true,
                    Endpoint::Manifests => {
                        cell.method == Method::Get
                            && matches!(
                                cell.subject,
                                Some(Subject::Tag | Subject::Digest | Subject::Manifest)
                            )
                    }
                    _ => false,
                }
        };
        let mut cells = expand(&self.suite.cells, target);
        cells.retain(|cell| teaches(cell) || suspects.contains(&cell.id()));
        self.ask(target, &cells, stop, |_, _| {}).await
    }

    async fn ask(
        &mut self,
        target: &Target,
        cells: &[Cell],
        stop: impl Future<Output = ()>,
        progress: impl Fn(Progress, &dyn Fn() -> Vec<SecretString>),
    ) -> Result<Recording, CommandError> {
        let found = auth::find(&self.sources, &target.registry, &target.repository)
            .await
            .map_err(|e| CommandError::new(e.to_string()))?;
        let mut settings = self.run.clone();
        settings.deadline = settings.deadline.saturating_sub(self.started.elapsed());
        settings.notes.extend(credential_notes(&found));
        let steps = self.path_steps();
        let job = Job {
            target,
            suite: &self.suite.id,
            cells,
            path_steps: &steps,
            axis: &self.probes.accepts,
            settings: &settings,
        };
        let agent = settings.user_agent.clone();
        let used: OnceCell<Arc<Authenticator>> = OnceCell::new();
        let authenticate = |base: &str| {
            Arc::clone(used.get_or_init(|| Arc::new(Authenticator::new(found, base.to_owned(), agent))))
        };
        let words = &self.words;
        let learnt = || {
            let mut learnt = used.get().map(|authenticator| authenticator.secrets()).unwrap_or_default();
            learnt.retain(|secret| !is_word(secret, words));
            learnt
        };
        let mut recording =
            run(&job, &self.transport, authenticate, stop, |settled| progress(settled, &learnt)).await;
        recording.spec = self.spec;
        let learnt = learnt();
        self.secrets.extend(learnt);
        Ok(recording)
    }

    /// The steps of the paths, main ones first: what a limited run should spend itself on.
    fn path_steps(&self) -> Vec<Cell> {
        let mut paths: Vec<_> = self.probes.paths.iter().collect();
        // `any-type` first of all: its first step is the best single witness of what is behind a reference.
        paths.sort_by_key(|p| (p.kind, p.id != "any-type", p.id.clone()));
        let mut seen: Vec<CellId> = Vec::new();
        let mut steps = Vec::new();
        for step in paths.iter().flat_map(|p| &p.steps) {
            let id = step.cell.id();
            if !seen.contains(&id) {
                seen.push(id);
                steps.push(step.cell.clone());
            }
        }
        steps
    }
}

/// Whether a secret is a word of an image's name: it stands in every URL, and striking it would hide nothing.
fn is_word(secret: &SecretString, words: &[String]) -> bool {
    let secret = secret.expose_secret().to_ascii_lowercase();
    words.iter().any(|word| word.contains(&secret))
}

fn targets(settings: &ProbeSettings, input: &mut dyn Read) -> Result<Vec<Target>, CommandError> {
    let mut images = settings.images.clone();
    if let Some(list) = &settings.targets {
        let text = match list {
            TargetList::File(path) => std::fs::read_to_string(path).map_err(|e| {
                CommandError::new(format!("the targets in {} cannot be read: {e}", path.display()))
            })?,
            TargetList::Stdin => {
                let mut text = String::new();
                input
                    .read_to_string(&mut text)
                    .map_err(|e| CommandError::new(format!("the targets on stdin cannot be read: {e}")))?;
                text
            }
        };
        images.extend(stdin::parse_targets(&text));
    }
    if images.is_empty() {
        return Err(CommandError::new("there is no image to probe: the list of targets is empty"));
    }
    images
        .iter()
        .map(|image| {
            let mut target = Target::parse(image, settings.platform.clone())
                .map_err(|e| CommandError::new(e.to_string()))?;
            if settings.plain_http {
                if target.scheme == Some(Scheme::Https) {
                    return Err(CommandError::new(format!(
                        "{image} says https://, and --plain-http says never TLS: leave out one of them"
                    )));
                }
                target.scheme = Some(Scheme::Http);
            }
            Ok(target)
        })
        .collect()
}

fn transport(
    settings: &ProbeSettings,
    secrets: &[SecretString],
    words: Vec<String>,
) -> Result<TransportConfig, CommandError> {
    let pem = |path: &Path| {
        std::fs::read(path).map_err(|e| CommandError::new(format!("{} cannot be read: {e}", path.display())))
    };
    let identity = match &settings.tls.client {
        Some((cert, key)) => Some((pem(cert)?, pem(key)?)),
        None => None,
    };
    Ok(TransportConfig {
        cacert: settings.tls.cacert.iter().map(|p| pem(p)).collect::<Result<_, _>>()?,
        identity,
        insecure: settings.tls.insecure,
        resolve: settings
            .resolve
            .iter()
            .flat_map(|r| r.addresses.iter().map(|a| (r.host.clone(), r.port, *a)))
            .collect(),
        timeout: settings.limits.timeout,
        concurrency: settings.limits.concurrency,
        rate: settings.limits.rate,
        proxies: true,
        secrets: secrets.to_vec(),
        words,
        redact_headers: settings.headers.iter().map(|h| h.name.to_ascii_lowercase()).collect(),
    })
}

fn sources(login: &Login, given: Option<SecretString>) -> SourceOptions {
    let mut options = SourceOptions {
        anonymous: false,
        username: None,
        password: None,
        token: None,
        authfile: None,
        env: EnvSnapshot::take(),
    };
    match login {
        Login::Search => {}
        Login::Anonymous => options.anonymous = true,
        Login::Password { username } => {
            options.username = Some(username.clone());
            options.password = given;
        }
        Login::Token => options.token = given,
        Login::Authfile(path) => options.authfile = Some(path.clone()),
    }
    options
}

fn run_settings(settings: &ProbeSettings) -> RunSettings {
    let mut notes = Vec::new();
    let mut note = |id: &str, text: &str| notes.push(RunNote { id: id.to_owned(), text: text.to_owned() });
    if settings.tls.insecure {
        note(
            "insecure-tls",
            "TLS WAS NOT VERIFIED (--insecure): whoever stands in between could have made every answer",
        );
    }
    if !settings.tls.cacert.is_empty() {
        note("own-ca", "certificates given with --cacert were trusted besides the system's");
    }
    let defaults = RunSettings::default();
    RunSettings {
        concurrency: settings.limits.concurrency,
        deadline: settings.limits.deadline,
        max_pulls: settings.limits.max_pulls,
        user_agent: settings.user_agent.clone().unwrap_or(defaults.user_agent),
        extra_headers: settings
            .headers
            .iter()
            .map(|h| (h.name.to_ascii_lowercase(), h.value.expose_secret().to_owned()))
            .collect(),
        notes,
    }
}

fn credential_notes(found: &Found) -> impl Iterator<Item = RunNote> + '_ {
    found.problems.iter().map(|text| RunNote { id: "credentials".to_owned(), text: text.clone() })
}
