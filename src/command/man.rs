//! `regprobe man [VERB]`

use std::io::Write;

use clap::CommandFactory;

use super::CommandError;
use crate::cli::{Cli, ManArgs};
use crate::probes::unknown;

/// Writes the manual page of regprobe, or of one verb.
pub fn run(args: &ManArgs, out: &mut dyn Write) -> Result<u8, CommandError> {
    let mut command = Cli::command().disable_help_subcommand(true);
    // Without this a verb's page would not have the global flags, nor its full name.
    command.build();
    let command = match &args.verb {
        None => command,
        Some(verb) => match command.find_subcommand(verb) {
            Some(found) => found.clone(),
            None => {
                let known = command.get_subcommands().map(|c| c.get_name());
                return Err(CommandError::Usage(unknown("verb", verb, known)));
            }
        },
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    out.write_all(&page)?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(verb: Option<&str>) -> Result<String, String> {
        let mut out = Vec::new();
        let args = ManArgs { verb: verb.map(str::to_owned) };
        run(&args, &mut out).map_err(|e| e.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn pages_hold_what_help_holds() {
        let whole = page(None).unwrap();
        assert!(whole.contains(".TH regprobe 1") && whole.contains("Exit codes"));
        let probe = page(Some("probe")).unwrap();
        assert!(probe.contains("max\\-pulls") && probe.contains("color") && probe.contains("Examples"));
        assert_eq!(page(Some("prob")), Err("unknown verb \"prob\"; did you mean \"probe\"?".to_owned()));
    }
}
