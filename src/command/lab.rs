//! `regprobe lab`: serve the embedded registry until it is stopped by ctrl-c or SIGTERM.

use std::fmt::Write as _;
use std::io::Write;

use super::signals::Stop;
use super::{CommandError, emit};
use crate::cli::LabArgs;
use crate::lab::{Lab, LabOptions};

/// Serves, and prints the address first, then the references there are.
pub fn run(args: &LabArgs, out: &mut dyn Write) -> Result<u8, CommandError> {
    let stop = Stop::listen()?;
    super::runtime()?.block_on(async {
        let options = LabOptions {
            listen: args.listen,
            personality: args.personality.clone(),
            quirks: args.quirk.clone(),
            ..LabOptions::default()
        };
        let lab = Lab::start(options).await.map_err(|e| CommandError::new(e.to_string()))?;
        let mut text = format!("{}\n", lab.address());
        for (reference, about) in lab.references() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "http://{reference}  {about}");
        }
        emit(out, &text)?;
        stop.wait().await;
        lab.stop().await;
        Ok(0)
    })
}
