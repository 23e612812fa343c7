//! `regprobe completions SHELL`

use std::io::Write;

use clap::CommandFactory;

use super::CommandError;
use crate::cli::{Cli, CompletionsArgs};

/// Writes the shell's completion script.
pub fn run(args: &CompletionsArgs, out: &mut dyn Write) -> Result<u8, CommandError> {
    // clap_complete panics when a write fails, so it gets a buffer.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "regprobe", &mut script);
    out.write_all(&script)?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_learns_every_verb() {
        for shell in clap_complete::Shell::value_variants() {
            let mut out = Vec::new();
            assert_eq!(run(&CompletionsArgs { shell: *shell }, &mut out).unwrap(), 0);
            let script = String::from_utf8(out).unwrap();
            for word in ["probe", "explain", "max-pulls"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }
}
