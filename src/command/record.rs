//! `regprobe record --upstream URL`: a recording proxy, until it is stopped by ctrl-c or SIGTERM.

use std::io::Write;

use secrecy::SecretString;

use super::place::Place;
use super::signals::Stop;
use super::{CommandError, emit, load_probes, output, warn};
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
    let place = Place::open(&args.output)?;
    // A stream takes one recording, the whole.
    let replaces = place.replaces();
    let transport = Transport::new(config(args)?).map_err(|e| CommandError::new(e.to_string()))?;
    let stop = Stop::listen()?;
    super::runtime()?.block_on(async {
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
        let mut told = false;
        loop {
            tokio::select! {
                biased;
                () = stop.wait() => break,
                () = recorder.news(), if replaces => {
                    let recordings = recorder.recordings(&probes.accepts);
                    let written = write(Place::open(&args.output), recordings, &recorder.secrets(), &probes);
                    // The client's session goes on: what cannot be written now may be at the end.
                    if let Err(error) = written && !std::mem::replace(&mut told, true) {
                        warn(&error.to_string());
                    }
                }
            }
        }
        let (recordings, secrets) = recorder.stop(&probes.accepts).await;
        write(Ok(place), recordings, &secrets, &probes)?;
        Ok(0)
    })
}

/// Judged, rendered, looked through for secrets, and put in the place of the last one at once: a report, or the array of
/// reports that several images make. Nothing to write is no reason to replace what is there.
fn write(
    place: Result<Place, CommandError>,
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
    place?.stage(output::checked(text, Format::Json, secrets)?)?.commit()
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
