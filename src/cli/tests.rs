//! The contract of the command line.

use clap::{CommandFactory, Parser};

use std::time::Duration;

use super::settings::Login;
use super::*;

fn parse(line: &str) -> Result<Cli, String> {
    let words = std::iter::once("regprobe").chain(line.split_whitespace());
    Cli::try_parse_from(words).map_err(|e| e.to_string().lines().next().unwrap_or_default().to_owned())
}

fn probe(line: &str) -> Result<ProbeSettings, String> {
    match parse(&format!("probe {line}"))?.verb {
        Verb::Probe(args) => args.settings(),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn clap_finds_no_fault() {
    Cli::command().debug_assert();
}

#[test]
fn the_defaults_are_the_designs() {
    let settings = probe("ubuntu").unwrap();
    assert_eq!(settings.suite, "standard");
    assert_eq!(settings.limits.concurrency, 32);
    assert_eq!(settings.limits.timeout, Duration::from_secs(15));
    assert_eq!(settings.limits.deadline, Duration::from_secs(120));
    assert_eq!(settings.limits.max_pulls, None);
    assert_eq!(settings.login, Login::Search);
    assert_eq!(settings.fail_on, FailOn::At(Severity::Broken));
    assert_eq!(settings.output, OutputSettings::default());
    assert_eq!(settings.platform, None);
}

#[test]
fn every_flag_reaches_the_settings() {
    let settings = probe(
        "a b --targets - --suite full --probes dir --platform linux/arm/v7 --cacert ca.pem --cacert cb.pem \
         --cert c.pem --key k.pem --insecure --anonymous --concurrency 8 --rate 2.5 --timeout 500ms --deadline 2m \
         --max-pulls 0 --header X-Key:v --user-agent me/1 --resolve r.example:443:127.0.0.1 --format json \
         -o out.json -o table=out.txt --fail-on never --color never -vv",
    )
    .unwrap();
    assert_eq!(settings.images, ["a", "b"]);
    assert_eq!(settings.targets, Some(TargetList::Stdin));
    assert_eq!(settings.probes, Some(PathBuf::from("dir")));
    assert_eq!(settings.platform.map(|p| p.to_string()), Some("linux/arm/v7".to_owned()));
    assert_eq!(settings.tls.cacert.len(), 2);
    assert_eq!(settings.tls.client, Some(("c.pem".into(), "k.pem".into())));
    assert!(settings.tls.insecure);
    assert_eq!(settings.login, Login::Anonymous);
    assert_eq!((settings.limits.concurrency, settings.limits.rate), (8, Some(2.5)));
    assert_eq!((settings.limits.timeout, settings.limits.max_pulls), (Duration::from_millis(500), Some(0)));
    assert_eq!(settings.headers.len(), 1);
    assert_eq!(settings.user_agent.as_deref(), Some("me/1"));
    assert_eq!(settings.resolve.len(), 1);
    assert_eq!(settings.output.format, Format::Json);
    assert_eq!(settings.output.files.len(), 2);
    assert_eq!(settings.fail_on, FailOn::Never);
    assert_eq!(
        probe("a --username u --password-stdin").unwrap().login,
        Login::Password { username: "u".to_owned() }
    );
    assert_eq!(probe("a --token-stdin").unwrap().login, Login::Token);
    assert_eq!(probe("a --authfile f").unwrap().login, Login::Authfile("f".into()));
    assert_eq!(probe("--targets f").unwrap().targets, Some(TargetList::File("f".into())));
}

#[test]
fn the_other_verbs() {
    assert!(matches!(parse("demo --format json").unwrap().verb, Verb::Demo(_)));
    assert!(matches!(parse("plan a:1 --suite quick").unwrap().verb, Verb::Plan(_)));
    assert!(matches!(parse("explain oci-index").unwrap().verb, Verb::Explain(_)));
    assert!(matches!(parse("completions zsh").unwrap().verb, Verb::Completions(_)));
    assert!(matches!(parse("man probe").unwrap().verb, Verb::Man(_)));
    let Verb::Lab(lab) = parse("lab --quirk a --quirk b").unwrap().verb else { panic!("no lab") };
    assert_eq!((lab.quirk.len(), lab.listen.ip().is_loopback(), lab.listen.port()), (2, true, 0));
    for what in ["findings", "paths", "clients", "accepts", "suites", "quirks"] {
        assert!(parse(&format!("list {what}")).is_ok(), "{what}");
    }
}

#[test]
fn faults_are_told() {
    let faults = [
        "a --password s3cret",
        "",
        "a --username u",
        "a --password-stdin",
        "a --token-stdin --username u --password-stdin",
        "a --anonymous --authfile f",
        "a --cert c.pem",
        "a --plain-http --insecure",
        "a --format jsn",
        "a -o report.txt",
        "a -o r.json -o json=r.json",
        "--targets - --token-stdin",
        "a --timeout 0",
        "a --concurrency 0",
        "a --platform amd64",
        "a --header Accept:x",
        "a --header Authorization:s3cret",
        "a --fail-on all",
        "a -q -v",
    ];
    let told = faults.map(|line| format!("{line}: {}", probe(line).unwrap_err()));
    insta::assert_snapshot!(told.join("\n"), @r#"
    a --password s3cret: error: unexpected argument '--password' found
    : error: the following required arguments were not provided:
    a --username u: error: the following required arguments were not provided:
    a --password-stdin: error: the following required arguments were not provided:
    a --token-stdin --username u --password-stdin: error: the argument '--token-stdin' cannot be used with:
    a --anonymous --authfile f: error: the argument '--anonymous' cannot be used with '--authfile <FILE>'
    a --cert c.pem: error: the following required arguments were not provided:
    a --plain-http --insecure: error: the argument '--plain-http' cannot be used with '--insecure'
    a --format jsn: error: invalid value 'jsn' for '--format <FMT>': unknown format "jsn"; did you mean "json"?
    a -o report.txt: error: invalid value 'report.txt' for '--output <[FMT=]PATH>': no format is known by the extension .txt; write FMT=PATH, as in table=report.txt
    a -o r.json -o json=r.json: r.json is given to -o twice
    --targets - --token-stdin: stdin cannot hold both the targets and a secret: put the targets in a file
    a --timeout 0: error: invalid value '0' for '--timeout <TIME>': a time of nothing would end before it began
    a --concurrency 0: error: invalid value '0' for '--concurrency <N>': 0 is not in 1..=1024
    a --platform amd64: error: invalid value 'amd64' for '--platform <OS/ARCH[/VARIANT]>': a platform is written os/architecture or os/architecture/variant, as in linux/arm64/v8; `amd64` is one of its parts only: perhaps linux/amd64
    a --header Accept:x: --header: accept cannot be given: this is what the cells vary; to send other values, give --probes a directory
    a --header Authorization:s3cret: --header: authorization cannot be given: credentials are read from stdin: --token-stdin, or --username with --password-stdin
    a --fail-on all: error: invalid value 'all' for '--fail-on <SEVERITY>'
    a -q -v: error: the argument '--quiet' cannot be used with '--verbose...'
    "#);
    let whole = Cli::try_parse_from(["regprobe", "probe", "a", "--password", "s3cret"]).unwrap_err();
    assert!(!whole.to_string().contains("s3cret"), "{whole}");
    let header = told.iter().find(|t| t.starts_with("a --header Authorization")).unwrap();
    assert_eq!(header.matches("s3cret").count(), 1, "only the test's own label may hold it: {header}");
}

#[test]
fn help_reads_well() {
    let mut command = Cli::command().term_width(100);
    insta::assert_snapshot!(command.render_help().to_string(), @"
    Probe a container registry: which metadata path works, which does not, why, and what to send instead

    Usage: regprobe [OPTIONS] <COMMAND>

    Commands:
      probe        Probe images: the main job
      demo         The founding case, on the embedded registry: no network, no set-up
      render       A JSON report in any format
      scrub        A JSON report, redacted by today's rules
      plan         What would be sent, and what it costs
      diagnose     Judge a recording again, offline
      explain      A finding, path or quirk in words
      list         What there is
      diff         What changed from one report to another
      check        Whether a registry still does what a baseline says
      compare      Several registries side by side
      fingerprint  Which recorded registry behaves like this one
      lab          Serve the embedded registry
      replay       Serve a recording as a registry
      record       Stand between a client and a registry, and record what passes
      completions  Completions for a shell, on stdout
      man          A manual page, on stdout
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Messages:
          --color <WHEN>  When to colour [default: auto] [possible values: auto, always, never]
      -q, --quiet         One line for each image on stdout, no progress on stderr
      -v, --verbose...    More in the table; -vv for every cell

    Exit codes:
      0  a metadata path works, and nothing at or above --fail-on was found
      1  no path works (401 and 404 included), or a finding at the threshold
      2  usage, configuration, a file that cannot be read or written
      3  could not tell: unreachable, connection refused, rate-limited, or cut short

    Ctrl-C, SIGTERM or SIGHUP ends a run with a report of what was seen, and exit code 3 unless 1 is
    certain. A second signal ends it at once. A run that reached --deadline exits 3 too, unless a main
    path works and --fail-on is broken or never.

    Read only: nothing is ever pushed, mounted or deleted on a registry.
    ");
    let probe = command.find_subcommand_mut("probe").unwrap();
    insta::assert_snapshot!(probe.render_help().to_string(), @r#"
    Probe images: the main job

    Usage: probe [OPTIONS] [IMAGE]...

    Arguments:
      [IMAGE]...  Image references; http:// or https:// may stand before one

    Options:
          --targets <FILE|->              A file of image references, one a line; - is stdin
          --suite <SUITE>                 What is crossed: quick, standard, full, or one of --probes
                                          [default: standard]
          --probes <DIR>                  A directory whose files replace or extend the embedded probes
          --platform <OS/ARCH[/VARIANT]>  The platform wanted of an index [default: linux and this
                                          machine's architecture]
          --allow-upstream                Also send requests that may make a pull-through cache ask
                                          Docker Hub for this name (?ns=docker.io)
      -h, --help                          Print help

    Connection:
          --plain-http                Never TLS
          --cacert <FILE>             PEM file of further root certificates (repeatable)
          --cert <FILE>               PEM file of the client's certificate
          --key <FILE>                PEM file of the client's private key
          --insecure                  Take the server's certificate as it is
          --resolve <HOST:PORT:ADDR>  Take this address for a name, as curl does (repeatable)
          --header <'NAME: VALUE'>    Add a header to every request (repeatable); its value is never
                                      recorded
          --user-agent <TEXT>         In place of regprobe's own User-Agent

    Credentials:
          --username <USER>  The user; the password comes from stdin
          --password-stdin   Read the password from stdin
          --token-stdin      Read a bearer token from stdin
          --authfile <FILE>  Take credentials from this file alone; otherwise REGISTRY_AUTH_FILE,
                             docker's and podman's files
          --anonymous        Use no credentials, whatever the files say

    Limits:
          --concurrency <N>  Requests in flight to one host [default: 32]
          --rate <N>         Requests per second to one host
          --timeout <TIME>   Bounds one request: 15, 15s, 500ms, 2m [default: 15s]
          --deadline <TIME>  Bounds the run [default: 120s]
          --max-pulls <N>    Spend at most so many metered pulls (manifest GETs)

    Output:
          --spec <VERSION>       Hold the registry to this OCI distribution spec [default: 1.1]
                                 [possible values: 1.0, 1.1]
          --format <FMT>         On stdout: table, json, markdown, html, svg, junit, sarif, har, ndjson
                                 or github [default: table]
      -o, --output <[FMT=]PATH>  Also to this file (repeatable): PATH.json, .md, .html, .svg, .xml,
                                 .sarif, .har, .ndjson, or FMT=PATH
          --pseudonyms           Other names for host, repository and tag, the same ones throughout
          --fail-on <SEVERITY>   Exit with 1 when a finding is as bad as this [default: broken]
                                 [possible values: broken, warning, note, never]

    Messages:
          --color <WHEN>  When to colour [default: auto] [possible values: auto, always, never]
      -q, --quiet         One line for each image on stdout, no progress on stderr
      -v, --verbose...    More in the table; -vv for every cell

    Examples:
      regprobe probe ubuntu:24.04
      regprobe probe gcr.io/deepvariant-docker/deepvariant:0.5.0
      regprobe probe http://localhost:5000/app:1 --suite quick
      regprobe probe registry.example/app@sha256:... --platform linux/arm64/v8
      regprobe probe registry.example/app:1 -o report.json --fail-on warning
      printf %s "$PASSWORD" | regprobe probe registry.example/app:1 --username ci --password-stdin
      regprobe probe --targets images.txt --format json
    "#);
}

#[test]
fn every_example_parses() {
    let all = [
        examples::PROBE,
        examples::DEMO,
        examples::PLAN,
        examples::EXPLAIN,
        examples::LIST,
        examples::LAB,
        examples::DIFF,
        examples::CHECK,
        examples::COMPARE,
        examples::FINGERPRINT,
        examples::REPLAY,
        examples::COMPLETIONS,
        examples::MAN,
    ];
    let mut seen = 0;
    for line in all.iter().flat_map(|text| text.lines()) {
        let Some((_, command)) = line.split_once("regprobe ").filter(|_| line.starts_with("  ")) else {
            continue;
        };
        let command = command.split([';', '>', '(']).next().unwrap_or_default();
        assert!(parse(command).is_ok(), "{command}");
        seen += 1;
    }
    assert!(seen >= 18, "{seen}");
}

#[test]
fn the_help_of_lab_names_every_personality() {
    let mut command = <Cli as clap::CommandFactory>::command();
    let help = command.find_subcommand_mut("lab").unwrap().render_long_help().to_string();
    for personality in crate::lab::personalities() {
        let line = format!("  {:16}  {}\n", personality.id, personality.about);
        assert!(help.contains(&line), "{line}{help}");
    }
}
