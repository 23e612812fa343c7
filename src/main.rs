//! The binary: parse, call, map to an exit code.

use std::io::IsTerminal;
use std::process::ExitCode;

use regprobe::cli::{Cli, Verb};
use regprobe::command::{self, Screen};

fn main() -> ExitCode {
    let cli = Cli::from_env_or_exit();
    let terminal = std::io::stdout().is_terminal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let screen = Screen {
        width: command::width(terminal),
        color: cli.global.color.decide(terminal, no_color),
        quiet: cli.global.quiet,
        verbose: cli.global.verbose,
    };
    let mut input = std::io::stdin();
    let mut out = std::io::stdout();
    let done = match cli.verb {
        Verb::Probe(args) => command::probe::run(*args, &screen, &mut input, &mut out),
        Verb::Demo(args) => command::demo::run(args, &screen, &mut out),
        Verb::Render(args) => command::render::run(args, &screen, &mut input, &mut out),
        Verb::Scrub(args) => command::scrub::run(&args, &mut input, &mut out),
        Verb::Plan(args) => command::plan::run(&args, &mut out),
        Verb::Diagnose(args) => {
            command::diagnose::run(args, &screen, &mut input, &mut out, &mut std::io::stderr())
        }
        Verb::Explain(args) => command::explain::of_everything(&args, &screen, &mut out),
        Verb::List(args) => command::list::of_everything(&args, &mut out),
        Verb::Diff(args) => command::diff::run(&args, &screen, &mut out),
        Verb::Check(args) => command::check::run(*args, &screen, &mut input, &mut out),
        Verb::Compare(args) => command::compare::run(*args, &screen, &mut input, &mut out),
        Verb::Fingerprint(args) => command::fingerprint::run(&args, &screen, &mut out),
        Verb::Replay(args) => command::replay::run(&args, &mut out),
        Verb::Record(args) => command::record::run(&args, &mut out),
        Verb::Lab(args) => command::lab::run(&args, &mut out),
        Verb::Completions(args) => command::completions::run(&args, &mut out),
        Verb::Man(args) => command::man::run(&args, &mut out),
    };
    command::say_late_redactions();
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            command::complain(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
