//! What stands at the end of each verb's help.

/// For `regprobe`.
pub(super) const TOP: &str = "\
Exit codes:
  0  a metadata path works, and nothing at or above --fail-on was found
  1  no path works (401 and 404 included), or a finding at the threshold
  2  usage, configuration, a file that cannot be read or written
  3  could not tell: unreachable, connection refused, rate-limited, or cut short

Ctrl-C, SIGTERM or SIGHUP ends a run with a report of what was seen, and exit code 3 unless 1 is
certain. A second signal ends it at once. A run that reached --deadline exits 3 too, unless a main
path works and --fail-on is broken or never.

Read only: nothing is ever pushed, mounted or deleted on a registry.";

/// For `probe`.
pub(super) const PROBE: &str = "\
Examples:
  regprobe probe ubuntu:24.04
  regprobe probe gcr.io/deepvariant-docker/deepvariant:0.5.0
  regprobe probe http://localhost:5000/app:1 --suite quick
  regprobe probe registry.example/app@sha256:... --platform linux/arm64/v8
  regprobe probe registry.example/app:1 -o report.json --fail-on warning
  printf %s \"$PASSWORD\" | regprobe probe registry.example/app:1 --username ci --password-stdin
  regprobe probe --targets images.txt --format json";

/// For `demo`.
pub(super) const DEMO: &str = "\
Examples:
  regprobe demo
  regprobe demo --format json";

/// For `render`.
pub(super) const RENDER: &str = "\
What comes out is what the run itself would have written; NDJSON comes in the order of the plan.

Examples:
  regprobe render report.json -o report.md -o junit.xml
  regprobe render report.json --format sarif --quiet > regprobe.sarif
  regprobe render report.json --pseudonyms -o report.md
  cat report.json | regprobe render -";

/// For `scrub`.
pub(super) const SCRUB: &str = "\
Reports are redacted when they are made. This is for old ones, made before a rule of redaction was known.

Examples:
  regprobe scrub old.json -o clean.json
  regprobe scrub old.json > clean.json";

/// For `plan`.
pub(super) const PLAN: &str = "\
Examples:
  regprobe plan ubuntu:24.04
  regprobe plan registry.example/app:1 --suite quick";

/// For `diagnose`.
pub(super) const DIAGNOSE: &str = "\
Examples:
  regprobe diagnose report.json
  regprobe diagnose report.json --spec 1.0
  regprobe diagnose old.json -o new.json

After the report stands what it concludes otherwise than the file does.";

/// For `explain`.
pub(super) const EXPLAIN: &str = "\
Examples:
  regprobe explain config-is-a-blob
  regprobe explain oci-index
  regprobe explain gcr-2018
  regprobe explain \"x509: certificate signed by unknown authority\"";

/// For `list`.
pub(super) const LIST: &str = "\
Examples:
  regprobe list findings
  regprobe list quirks
  regprobe list accepts --probes ./my-probes";

/// For `lab`.
pub(super) const LAB: &str = "\
The address is the first line of stdout; `regprobe list quirks` has the ids.

Personalities:
  distribution-2.8  CNCF distribution 2.8 (docker-registry, registry:2)
  distribution-3    CNCF distribution 3.0 and 3.1 (registry:3)
  olareg            olareg at commit 79de6b4: a real filter by Accept, errors in text/plain
  zot-like          like zot: Accept is not looked at, referrers are there, lists are lenient

Examples:
  regprobe lab
  regprobe lab --listen 127.0.0.1:5000
  regprobe lab --quirk gcr-2018
  regprobe lab --personality distribution-2.8 --quirk basic-auth
  regprobe lab --quirk bearer-auth --quirk blob-redirect-strip-auth-s3";

/// For `diff`.
pub(super) const DIFF: &str = "\
Exit codes:
  0  no difference
  1  a difference
  2  usage, or a report that cannot be read

Reports of another tag, repository or registry compare too, where the same kind of thing is behind the reference.

Examples:
  regprobe diff last-month.json today.json
  regprobe diff harbor.json zot.json --format markdown -o changes.har";

/// For `check`.
pub(super) const CHECK: &str = "\
Exit codes:
  0  nothing that worked stopped working, and every expectation is met
  1  a regression, or an unmet expectation
  2  usage, or a baseline that is missing, damaged or of another schema
  3  could not tell: unreachable, rate-limited, interrupted, a cell that was answered before and not now

Regressed cells are asked twice more; those that then do as before are told as flaky, and do not fail.

Known to be bad, in base.known.toml beside base.json:
  [[known]]
  cell = \"HEAD blobs/layer *\"      (or finding = \"head-405\", or path = \"referrers\")
  reason = \"the proxy is being upgraded\"
  expires = 2027-01-31

Expectations:
  [[cell]]
  id = \"GET manifests/tag accept=oci-index\"
  status = 200                       (or not_status, signature, not_signature)
  [[path]]
  id = \"oci-index\"
  verdict = \"works\"                (or not_verdict)
  [[finding]]
  id = \"*\"
  at_least = \"warning\"
  present = false

Examples:
  regprobe check registry.example/app:1 --baseline base.json --update
  regprobe check registry.example/app:1 --baseline base.json -o junit=check.xml
  regprobe check today.json --baseline base.json --format json
  regprobe check registry.example/app:1 --expect expectations.toml";

/// For `compare`.
pub(super) const COMPARE: &str = "\
Exit codes are those of probe; differences alone are none.

Examples:
  regprobe compare ghcr.io/me/app:1 registry.example/app:1
  regprobe compare harbor.json zot.json --format markdown
  regprobe compare ghcr.io/me/app:1 registry.example/app:1 -o compatibility.html -o compatibility.md";

/// For `fingerprint`.
pub(super) const FINGERPRINT: &str = "\
Two independent signs at least are needed before a name is said; unknown is an answer, and exits 0 as well.

Examples:
  regprobe fingerprint report.json
  regprobe fingerprint report.json --reports ./my-reports";

/// For `replay`.
pub(super) const REPLAY: &str = "\
The address is the first line of stdout, the image reference the second. What was not recorded is answered 501
and told on stderr. Any token is taken for the recorded one. A client whose Accept names more types than any recorded
request gets what the widest of those got, which is told as well; regprobe itself does not. Layers are in no report:
in their place come zeros, so a pull ends there.

Examples:
  regprobe replay report.json
  regprobe replay report.json --listen 127.0.0.1:5000";

/// For `record`.
pub(super) const RECORD: &str = "\
The address is the first line of stdout: give it to the client as a registry without TLS. What the client sends is
passed on as it is, with its own credentials, a push included; regprobe adds nothing. The recording is written anew
after each request and when the proxy is stopped (ctrl-c, SIGTERM). Exit code 0 says that it was written.

Examples:
  regprobe record --upstream https://registry.example --listen 127.0.0.1:5000
  skopeo inspect --tls-verify=false docker://127.0.0.1:5000/me/app:1
  regprobe diagnose recording.json";

/// For `completions`.
pub(super) const COMPLETIONS: &str = "\
Examples:
  regprobe completions bash > ~/.local/share/bash-completion/completions/regprobe
  regprobe completions zsh > \"${fpath[1]}/_regprobe\"";

/// For `man`.
pub(super) const MAN: &str = "\
Examples:
  regprobe man > regprobe.1
  regprobe man probe > regprobe-probe.1";
