//! `regprobe replay REPORT`: serve a recording as a registry until it is stopped by ctrl-c or SIGTERM.

use std::io::Write;

use super::signals::Stop;
use super::{CommandError, emit, warn};
use crate::cli::comparing::ReplayArgs;
use crate::lab::Replay;
use crate::render::escape::terminal;
use crate::render::json;

/// Serves, and prints the address first, then the image reference, then how to probe it as it was probed.
pub fn run(args: &ReplayArgs, out: &mut dyn Write) -> Result<u8, CommandError> {
    let path = args.report.display();
    let bytes =
        std::fs::read(&args.report).map_err(|e| CommandError::new(format!("{path} cannot be read: {e}")))?;
    let recording = json::read(&bytes).map_err(|e| CommandError::new(format!("{path}: {e}")))?;
    let stop = Stop::listen()?;
    super::runtime()?.block_on(async {
        let tell = Box::new(|message: &str| warn(message));
        let replay = Replay::start(&recording, args.listen, tell)
            .await
            .map_err(|e| CommandError::new(e.to_string()))?;
        let reference = replay.reference();
        emit(
            out,
            &format!(
                "{}\n{reference}\nregprobe probe {reference} --suite {} --platform {}\n",
                replay.address(),
                terminal(&recording.suite),
                recording.subjects.platform.as_ref().unwrap_or(&recording.target.platform),
            ),
        )?;
        stop.wait().await;
        replay.stop().await;
        Ok(0)
    })
}
