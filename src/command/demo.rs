//! `regprobe demo`: the night lost on gcr.io in 2018, in a second, on the embedded registry.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;

use super::output::{Files, render};
use super::{CommandError, Screen};
use crate::auth::{Authenticator, Found};
use crate::cli::DemoArgs;
use crate::cli::format::Format;
use crate::evidence::Evidence;
use crate::judge;
use crate::lab::{Lab, LabOptions};
use crate::plan::expand::expand;
use crate::probes::Probes;
use crate::recording::Recording;
use crate::render::escape::terminal;
use crate::render::style::{Tone, paint};
use crate::runner::{Job, RunSettings};
use crate::target::Target;
use crate::transport::{Transport, TransportConfig};

/// The image of the night.
const IMAGE: &str = "deepvariant-docker/deepvariant:0.5.0";

/// Starts the lab as gcr.io was, probes it, and tells the story with what was really seen.
pub fn run(args: DemoArgs, screen: &Screen, out: &mut dyn Write) -> Result<u8, CommandError> {
    let output = args.output.settings().map_err(CommandError::new)?;
    let files = Files::create(&output.files)?;
    let probes = super::load_probes(None)?;
    let recording = super::runtime()?.block_on(probe(&probes))?;
    let story = story(&Evidence::new(&recording, &probes.accepts), screen);
    let report = judge::judge(recording, &probes);
    let reports = [report];
    let plain = crate::render::table::TableOptions { width: 160, color: false, verbose: screen.verbose };
    let files = files.write(|format| render(&reports, format, &plain), &[]);
    let mut text = render(&reports, output.format, &screen.table());
    if output.format == Format::Table {
        text.insert_str(0, &story);
    }
    super::emit(out, &text).and(files)?;
    Ok(super::probe::exit_code(
        &reports,
        crate::cli::settings::FailOn::At(crate::diagnosis::Severity::Broken),
    ))
}

async fn probe(probes: &Probes) -> Result<Recording, CommandError> {
    let options = LabOptions { quirks: vec!["gcr-2018".to_owned()], ..LabOptions::default() };
    let lab = Lab::start(options).await.map_err(|e| CommandError::new(e.to_string()))?;
    // The image was built for linux/amd64, whatever machine the demo runs on.
    let platform = crate::oci::document::Platform::parse("linux/amd64").map_err(CommandError::new)?;
    let target = Target::parse(&format!("http://{}/{IMAGE}", lab.address()), Some(platform))
        .map_err(|e| CommandError::new(e.to_string()))?;
    let suite = probes.suite("standard").map_err(CommandError::new)?;
    let cells = expand(&suite.cells, &target);
    let settings = RunSettings::default();
    let config = TransportConfig { proxies: false, ..TransportConfig::default() };
    let transport = Transport::new(config).map_err(|e| CommandError::new(e.to_string()))?;
    let job = Job {
        target: &target,
        suite: &suite.id,
        cells: &cells,
        path_steps: &[],
        axis: &probes.accepts,
        settings: &settings,
    };
    let agent = settings.user_agent.clone();
    let recording = crate::runner::run(
        &job,
        &transport,
        |base| Arc::new(Authenticator::new(Found::anonymous(), base.to_owned(), agent)),
        std::future::pending(),
        |_| {},
    )
    .await;
    lab.stop().await;
    Ok(recording)
}

/// Each step of the night, with the answer that this very run got.
const NIGHT: [(&str, &str); 4] = [
    ("GET manifests/tag accept=docker-config", "the config's media type, by tag"),
    ("GET manifests/config accept=docker-config", "the same, by the config's digest"),
    ("GET manifests/tag accept=docker-config digest-header=config", "the digest in a request header"),
    ("GET manifests/tag accept=json", "plain JSON, then"),
];

/// The way out.
const MORNING: [(&str, &str); 2] = [
    ("GET manifests/tag accept=docker-manifest", "the manifest, by its own type"),
    ("GET blobs/config accept=none", "config.digest, as a blob"),
];

fn story(evidence: &Evidence<'_>, screen: &Screen) -> String {
    let mut text = String::new();
    let mut line = |words: &str| {
        text.push_str(words);
        text.push('\n');
    };
    line(&paint(
        "2018. A client wants the config (Env, Entrypoint, Cmd) of an image on gcr.io.",
        Tone::Strong,
        screen.color,
    ));
    line("It asks at /manifests/, where images are described, in every way there is:");
    line("");
    for (id, what) in NIGHT {
        line(&asked(evidence, id, what));
    }
    if let Some(message) = evidence.answer(NIGHT[3].0).and_then(|a| a.error_message.as_deref()) {
        line("");
        line(&format!("  \"{}\"", terminal(message)));
    }
    line("");
    line("A night goes by. The config was a blob all along:");
    line("");
    for (id, what) in MORNING {
        line(&asked(evidence, id, what));
    }
    line("");
    line("What follows is regprobe's report on a registry that answers as gcr.io did, started");
    line("inside this process. Every line above and below comes from its answers.");
    line("");
    text
}

/// `  404 MANIFEST_UNKNOWN   the config's media type, by tag`
fn asked(evidence: &Evidence<'_>, id: &str, what: &str) -> String {
    let mut seen = String::new();
    match evidence.answer(id) {
        Some(answer) => {
            // Writing to a String cannot fail.
            let _ = write!(seen, "{}", answer.status);
            if let Some(code) = &answer.error_code {
                let _ = write!(seen, " {}", terminal(code));
            } else if answer.bytes_match == Some(true) {
                seen.push_str(" verified");
            }
        }
        None => seen.push_str("not answered"),
    }
    format!("  {what:<34} {seen}")
}
