//! `regprobe probe`: the main job.

use std::cell::RefCell;
use std::io::{IsTerminal, Read, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::output::Outlet;
use super::session::Session;
use super::stream::Stream;
use super::{CommandError, Screen};
use crate::cli::ProbeArgs;
use crate::cli::format::Format;
use crate::cli::settings::FailOn;
use crate::judge;
use crate::report::Report;

/// Probes every image, writes every file, prints the report, and says how it went.
pub fn run(
    args: ProbeArgs,
    screen: &Screen,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<u8, CommandError> {
    let pseudonyms = args.pseudonyms;
    let settings = args.settings().map_err(CommandError::new)?;
    let outlet = Outlet::open(&settings.output)?;
    let mut session = Session::open(&settings, input)?;
    // Names are known for good only at the end: with other names in their place nothing can go out before.
    let streamed = settings.output.format == Format::Ndjson && !pseudonyms;
    let stream = streamed.then(|| RefCell::new(Stream::new(out)));
    let reports = super::runtime()?.block_on(probe_all(&mut session, screen, pseudonyms, stream.as_ref()))?;
    if let Some(stream) = stream {
        stream.into_inner().finish()?;
    }
    outlet.deliver(&reports, screen, &session.secrets, streamed, out)?;
    Ok(exit_code(&reports, settings.fail_on))
}

/// Of all targets, the worst.
pub(crate) fn exit_code(reports: &[Report], fail_on: FailOn) -> u8 {
    let threshold = match fail_on {
        FailOn::At(severity) => Some(severity),
        FailOn::Never => None,
    };
    judge::worst(reports.iter().map(|report| judge::exit_code(report, threshold)))
}

/// One target after the other; an interrupt ends the current one early and leaves out the rest.
pub(crate) async fn probe_all(
    session: &mut Session,
    screen: &Screen,
    pseudonyms: bool,
    stream: Option<&RefCell<Stream<'_>>>,
) -> Result<Vec<Report>, CommandError> {
    let (interrupt, interrupted) = tokio::sync::watch::channel(false);
    let listener = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            // Nobody may listen any more when it comes late.
            let _ = interrupt.send(true);
            std::future::pending::<()>().await;
        }
    });
    let mut reports = Vec::new();
    for target in session.targets.clone() {
        if *interrupted.borrow() {
            break;
        }
        let bar = bar(screen, &target.image);
        let mut watch = interrupted.clone();
        let stop = async move {
            if watch.wait_for(|stopped| *stopped).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let suite = session.suite().to_owned();
        if let Some(stream) = stream {
            stream.borrow_mut().begin(&session.secrets);
        }
        let asked = session.probe(&target, stop, |progress, secrets| {
            bar.set_length(progress.total as u64);
            bar.set_position(progress.done as u64);
            if let Some(stream) = stream {
                stream.borrow_mut().progress(&target, &suite, &progress, secrets);
            }
        });
        let mut recording = asked.await?;
        bar.finish_and_clear();
        if pseudonyms {
            crate::recording::pseudonyms::apply(&mut recording);
        }
        let report = judge::judge(recording, &session.probes);
        if let Some(stream) = stream {
            stream.borrow_mut().end(&report, &session.secrets);
        }
        reports.push(report);
    }
    listener.abort();
    Ok(reports)
}

fn bar(screen: &Screen, image: &str) -> ProgressBar {
    if screen.quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}") {
        bar.set_style(style);
    }
    bar.set_message(crate::render::escape::terminal(image));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
