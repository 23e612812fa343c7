//! `regprobe probe`: the main job.

use std::io::{IsTerminal, Read, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::output::{Files, checked, render};
use super::session::Session;
use super::{CommandError, Screen};
use crate::cli::ProbeArgs;
use crate::cli::settings::FailOn;
use crate::judge;
use crate::render::table;
use crate::report::Report;
use crate::runner::Progress;

/// Probes every image, writes every file, prints the report, and says how it went.
pub fn run(
    args: ProbeArgs,
    screen: &Screen,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<u8, CommandError> {
    let settings = args.settings().map_err(CommandError::new)?;
    let files = Files::create(&settings.output.files)?;
    let mut session = Session::open(&settings, input)?;
    let reports = super::runtime()?.block_on(probe_all(&mut session, screen))?;
    let format = settings.output.format;
    let on_screen = render(&reports, format, &screen.table());
    let text = if screen.quiet && format == crate::cli::format::Format::Table {
        reports.iter().map(|r| table::summary_line(r) + "\n").collect()
    } else {
        on_screen
    };
    let plain = table::TableOptions { width: 160, color: false, verbose: screen.verbose };
    files.write(|format| render(&reports, format, &plain), &session.secrets)?;
    super::emit(out, &checked(text, &session.secrets)?)?;
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
pub(crate) async fn probe_all(session: &mut Session, screen: &Screen) -> Result<Vec<Report>, CommandError> {
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
        let asked = session.probe(&target, stop, |Progress { done, total }| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        });
        let recording = asked.await?;
        bar.finish_and_clear();
        reports.push(judge::judge(recording, &session.probes));
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
