//! `regprobe record --upstream URL`: a recording proxy, until interrupted.

use std::io::Write;
use std::path::Path;

use secrecy::SecretString;
use tempfile::NamedTempFile;

use super::{CommandError, emit, load_probes, output};
use crate::cli::format::Format;
use crate::cli::record::RecordArgs;
use crate::judge;
use crate::probes::Probes;
use crate::record::Recorder;
use crate::recording::{Recording, RunNote};
use crate::render::json;
use crate::transport::{Transport, TransportConfig};

/// Passes on and records, and prints the address first.
pub fn run(args: &RecordArgs, out: &mut dyn Write) -> Result<u8, CommandError> {
    let probes = load_probes(args.probes.as_deref())?;
    // Shown to be writable before the first request.
    beside(&args.output)?;
    let transport = Transport::new(config(args)?).map_err(|e| CommandError::new(e.to_string()))?;
    super::runtime()?.block_on(async {
        let mut ended = ended()?;
        let recorder = Recorder::start(transport, &args.upstream, args.listen, notes(args))
            .await
            .map_err(CommandError::new)?;
        emit(
            out,
            &format!(
                "{}\npasses everything on to {}, a push included, and records it in {}\n",
                recorder.address(),
                crate::render::escape::terminal(&args.upstream),
                args.output.display()
            ),
        )?;
        loop {
            tokio::select! {
                biased;
                _ = ended.recv() => break,
                () = recorder.news() => {
                    let recordings = recorder.recordings(&probes.accepts);
                    write(&args.output, recordings, &recorder.secrets(), &probes)?;
                }
            }
        }
        let (recordings, secrets) = recorder.stop(&probes.accepts).await;
        write(&args.output, recordings, &secrets, &probes)?;
        Ok(0)
    })
}

/// Judged, rendered, looked through for secrets, and put in the place of the last one at once: a report, or the array of
/// reports that several images make. Nothing to write is no reason to replace what is there.
fn write(
    path: &Path,
    recordings: Vec<Recording>,
    secrets: &[SecretString],
    probes: &Probes,
) -> Result<(), CommandError> {
    let reports: Vec<_> = recordings.into_iter().map(|r| judge::judge(r, probes)).collect();
    let text = match &reports[..] {
        [] => return Ok(()),
        [report] => json::render(report),
        several => json::render_all(several),
    };
    let text = output::checked(text, Format::Json, secrets)?;
    let refuse = |e: &dyn std::fmt::Display| unwritable(path, e);
    let mut file = beside(path)?;
    file.write_all(text.as_bytes()).map_err(|e| refuse(&e))?;
    output::readable(&file).map_err(|e| refuse(&e))?;
    file.persist(path).map_err(|e| refuse(&e.error))?;
    Ok(())
}

fn beside(path: &Path) -> Result<NamedTempFile, CommandError> {
    if path.is_dir() {
        return Err(unwritable(path, &"it is a directory"));
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    NamedTempFile::new_in(directory).map_err(|e| unwritable(path, &e))
}

fn unwritable(path: &Path, why: &dyn std::fmt::Display) -> CommandError {
    CommandError::new(format!("{} cannot be written: {why}", path.display()))
}

fn config(args: &RecordArgs) -> Result<TransportConfig, CommandError> {
    let pem = |path: &std::path::PathBuf| {
        std::fs::read(path).map_err(|e| CommandError::new(format!("{} cannot be read: {e}", path.display())))
    };
    let cacert = args.cacert.iter().map(pem).collect::<Result<_, _>>()?;
    Ok(TransportConfig { cacert, insecure: args.insecure, ..TransportConfig::default() })
}

fn notes(args: &RecordArgs) -> Vec<RunNote> {
    let note = |id: &str, text: &str| RunNote { id: id.to_owned(), text: text.to_owned() };
    let mut notes = Vec::new();
    if args.insecure {
        notes.push(note(
            "insecure-tls",
            "TLS WAS NOT VERIFIED (--insecure): whoever stands in between could have made every answer",
        ));
    }
    if !args.cacert.is_empty() {
        notes.push(note("own-ca", "certificates given with --cacert were trusted besides the system's"));
    }
    notes
}

/// Told when the proxy is to end: by ctrl-c, or politely by another program.
fn ended() -> Result<tokio::sync::mpsc::Receiver<()>, CommandError> {
    let (tell, told) = tokio::sync::mpsc::channel(1);
    let refuse = |e: std::io::Error| CommandError::new(format!("no signal can be awaited: {e}"));
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(refuse)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(refuse)?;
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            let _ = tell.send(()).await;
        });
    }
    #[cfg(not(unix))]
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await.map_err(refuse);
        let _ = tell.send(()).await;
    });
    Ok(told)
}
