//! `regprobe replay REPORT`: serve recordings as registries until stopped by ctrl-c or SIGTERM.

use std::io::Write;
use std::net::SocketAddr;

use super::signals::Stop;
use super::{CommandError, emit, warn};
use crate::cli::comparing::ReplayArgs;
use crate::lab::Replay;
use crate::recording::{CLIENT, Recording};
use crate::render::escape::{shell, terminal};
use crate::render::json;

/// Serves, and prints the address first; then for each image its reference, and how to probe it as it was probed.
pub fn run(args: &ReplayArgs, out: &mut dyn Write) -> Result<u8, CommandError> {
    let path = args.report.display();
    let bytes =
        std::fs::read(&args.report).map_err(|e| CommandError::new(format!("{path} cannot be read: {e}")))?;
    let recordings = json::read_all(&bytes).map_err(|e| CommandError::new(format!("{path}: {e}")))?;
    let registries = by_registry(recordings);
    if registries.is_empty() {
        return Err(CommandError::new(format!("{path} holds no report")));
    }
    let stop = Stop::listen()?;
    super::runtime()?.block_on(async {
        let mut replays = Vec::new();
        let mut lines = Vec::new();
        for recordings in &registries {
            // The address that was asked for is the first one's.
            let listen = if replays.is_empty() { args.listen } else { SocketAddr::new(args.listen.ip(), 0) };
            let tell = Box::new(|message: &str| warn(message));
            let replay = Replay::start(recordings, listen, tell)
                .await
                .map_err(|e| CommandError::new(e.to_string()))?;
            if lines.is_empty() {
                lines.push(replay.address().to_string());
            }
            for (recording, reference) in recordings.iter().zip(replay.references()) {
                lines.push(terminal(reference));
                lines.push(how(recording, reference));
            }
            replays.push(replay);
        }
        emit(out, &(lines.join("\n") + "\n"))?;
        stop.wait().await;
        for replay in replays {
            replay.stop().await;
        }
        Ok(0)
    })
}

/// The recordings of each registry, in their order.
fn by_registry(recordings: Vec<Recording>) -> Vec<Vec<Recording>> {
    let mut registries: Vec<Vec<Recording>> = Vec::new();
    for recording in recordings {
        let own = registries.iter_mut().find(|known| known.iter().any(|r| r.base_url == recording.base_url));
        match own {
            Some(known) => known.push(recording),
            None => registries.push(vec![recording]),
        }
    }
    registries
}

/// What a client was recorded to ask is no suite: the client must ask it again.
fn how(recording: &Recording, reference: &str) -> String {
    if recording.suite == CLIENT {
        return "# recorded from a client: pull the image with that client again, from this address"
            .to_owned();
    }
    let platform = recording.subjects.platform.as_ref().unwrap_or(&recording.target.platform);
    let (suite, platform) = (shell(&recording.suite), shell(&platform.to_string()));
    format!("regprobe probe {} --suite {suite} --platform {platform}", shell(reference))
}
