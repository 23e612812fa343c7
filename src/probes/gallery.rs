//! Invalid files, and the exact words about each.

use std::fs;

use super::Probes;

const QUICK: &str = "id = \"quick\"\nabout = \"x\"\n";
const PATH: &str = "id = \"p\"\ntitle = \"t\"\nkind = \"main\"\nholds = []\nabout = \"a\"\nyields = []\n";
const STEP: &str =
    "[[step]]\ncell = \"GET manifests/tag accept=all\"\nexpect = [\"config\"]\nyields = \"y\"\n";

/// The error of the embedded files with one file put over them, without the temporary directory's name.
fn error(name: &str, text: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    let error = Probes::load(directory.path()).unwrap_err().to_string();
    error.replace(&format!("{}/", directory.path().display()), "")
}

#[test]
fn accept_files() {
    let accept = |text: &str| error("accept.toml", text);
    let value = "[[accept]]\nname = \"all\"\nlines = []\nmeaning = \"m\"\n";
    let told = [
        accept("axis = ["),
        accept("axes = []\n"),
        accept("axis = []\n"),
        accept(&format!("axis = [\"al\"]\n{value}")),
        accept(&format!("axis = [\"all\", \"all\"]\n{value}")),
        accept(&format!("axis = []\n{value}{value}")),
        accept(&value.replace("all", "All").replace("[[", "axis = []\n[[")),
        accept(&value.replace("all", "axis").replace("[[", "axis = []\n[[")),
        accept(&value.replace("[]", "[\"a\\r\\nb\"]").replace("[[", "axis = []\n[[")),
        accept(&value.replace("lines", "line").replace("[[", "axis = []\n[[")),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    accept.toml:1: unclosed array, expected `]`
    accept.toml:1: unknown field `axes`, expected `axis` or `accept`; did you mean `axis`?
    accept.toml:1: missing field `accept`
    accept.toml:1: unknown accept "al"; did you mean "all"?
    accept.toml:1: accept "all" is on the axis twice
    accept.toml:7: accept "all" is defined twice
    accept.toml:3: "All" cannot name an accept: only a-z, 0-9 and `-`, and not "axis"
    accept.toml:3: "axis" cannot name an accept: only a-z, 0-9 and `-`, and not "axis"
    accept.toml:4: "a\r\nb" cannot be sent as a header line: only visible ASCII, with no blank at either end
    accept.toml:4: unknown field `line`, expected one of `name`, `lines`, `meaning`; did you mean `lines`?
    "#);
}

#[test]
fn suite_files() {
    let suite = |text: &str| error("suites/quick.toml", &format!("{QUICK}{text}"));
    let cell = "[[cell]]\nmethod = \"GET\"\nendpoint = \"manifests\"\nsubject = \"tag\"\naccept = \"all\"\nwhy = \"w\"\n";
    let cross = "[[cross]]\nmethods = [\"GET\"]\nendpoints = [\"manifests\"]\nsubjects = [\"tag\"]\naccepts = [\"axis\"]\nwhy = \"w\"\n";
    let told = [
        error("suites/fast.toml", QUICK),
        suite("extend = \"standard\"\n"),
        suite("extends = \"standart\"\n"),
        suite("extends = \"standard\"\n"),
        suite("extends = \"quick\"\n"),
        suite(&cell.replace("GET", "GTE")),
        suite(&cell.replace("GET", "POST")),
        suite(&cell.replace("manifests", "manifest")),
        suite(&cell.replace("\"tag\"", "\"tga\"")),
        suite(&cell.replace("subject = \"tag\"\n", "")),
        suite(&cell.replace("\"all\"", "\"oci-idnex\"")),
        suite(&cell.replace("why = \"w\"\n", "")),
        suite(&format!("{cell}tokn = \"none\"\n")),
        suite(&format!("{cell}token = \"nobody\"\n")),
        suite(&format!("{cell}again = 1\n")),
        suite(&format!("{cell}again = \"2\"\n")),
        suite(&format!("{cell}http = \"3\"\n")),
        suite(&format!("{cell}query = \"a b\"\n")),
        suite(&format!("{cell}{cell}")),
        suite(&cross.replace("methods = [\"GET\"]", "methods = []")),
        suite(&cross.replace("\"tag\"", "\"tag\", \"cfg\"")),
        suite(&cross.replace("\"manifests\"", "\"tags\"")),
        suite(&cross.replace("[\"axis\"]", "[\"axis\", \"all\"]")),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    suites/fast.toml:1: id "quick" does not match the file's name, fast.toml
    suites/quick.toml:3: unknown field `extend`, expected one of `id`, `about`, `extends`, `cross`, `cell`; did you mean `extends`?
    suites/quick.toml:3: unknown suite "standart"; did you mean "standard"?
    suites/quick.toml:3: extending "standard" goes round in a circle
    suites/quick.toml:3: extending "quick" goes round in a circle
    suites/quick.toml:4: unknown method "GTE"; did you mean "GET"?
    suites/quick.toml:4: POST goes to the token endpoint only, not to manifests
    suites/quick.toml:5: unknown endpoint "manifest"; did you mean "manifests"?
    suites/quick.toml:6: unknown subject "tga"; did you mean "tag"?
    suites/quick.toml:4: manifests needs a subject
    suites/quick.toml:7: unknown accept "oci-idnex"; did you mean "oci-index"?
    suites/quick.toml:3: missing field `why`
    suites/quick.toml:9: unknown field `tokn`, expected one of `method`, `endpoint`, `subject`, `accept`, `again`, `agent`, `digest-header`, `encoding`, `http`, `if-none-match`, `omit`, `query`, `range`, `redirects`, `repository`, `slash`, `token`, `why`; did you mean `token`?
    suites/quick.toml:9: unknown token "nobody"; known: junk-basic, junk-bearer, none
    suites/quick.toml:9: again=1 is not the number of a repetition, 2 to 255
    suites/quick.toml:9: invalid type: string "2", expected u8
    suites/quick.toml:9: unknown http "3"; known: 1.1, 2
    suites/quick.toml:9: query="a b" must be visible ASCII without blanks
    suites/quick.toml:10: the cell "GET manifests/tag accept=all" is listed twice
    suites/quick.toml:4: this cross is empty: methods, endpoints and accepts each need a value
    suites/quick.toml:6: unknown subject "cfg"; known: tag, digest, index, manifest, config, layer, absent-tag, absent-digest, malformed-digest, fallback-tag, converted
    suites/quick.toml:4: tags takes no subject
    suites/quick.toml:7: "axis" must be the only word of accepts
    "#);
}

#[test]
fn path_files() {
    let path = |text: String| error("paths/p.toml", &text);
    let told = [
        path(format!("{}{STEP}", PATH.replace("\"p\"", "\"q\""))),
        path(format!("{}{STEP}", PATH.replace("main", "mian"))),
        path(format!("{}{STEP}", PATH.replace("[]", "[\"index\"]"))),
        path(PATH.to_owned()),
        path(format!("{PATH}step = []\n")),
        path(format!("{PATH}{}", STEP.replace("GET", "FETCH"))),
        path(format!("{PATH}{}", STEP.replace("accept=all", "accept=everything"))),
        path(format!("{PATH}{}", STEP.replace("accept=all", "accept=all token=none again=2"))),
        path(format!("{PATH}{}", STEP.replace("[\"config\"]", "[]"))),
        path(format!("{PATH}{}", STEP.replace("[\"config\"]", "[\"cofnig\"]"))),
        path(format!("{PATH}{STEP}alternative = true\n")),
        path(format!("{PATH}{STEP}{STEP}only_after_indx = true\n")),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    paths/p.toml:1: id "q" does not match the file's name, p.toml
    paths/p.toml:3: unknown kind of path "mian"; did you mean "main"?
    paths/p.toml:4: unknown kind of body "index"; known: oci-index, docker-list, oci-manifest, docker-manifest, schema1, config, error, tags, token, json, html, text, empty, other
    paths/p.toml:1: missing field `step`
    paths/p.toml:1: the path "p" has no step
    paths/p.toml:8: unknown method "FETCH"; known: GET, HEAD, POST
    paths/p.toml:8: unknown accept "everything"; known: none, any, app-any, json, schema1, schema1-signed, docker-manifest, docker-list, oci-manifest, oci-index, docker-config, oci-config, all, all-lines, docker-only, oci-only, q-values, upper-case, all-upper-case, docker-manifest-q
    paths/p.toml:8: the cell is written "GET manifests/tag accept=all again=2 token=none", with its keys in alphabetical order and once each
    paths/p.toml:8: the step expects nothing: name the kinds of body that will do
    paths/p.toml:9: unknown kind of body "cofnig"; did you mean "config"?
    paths/p.toml:8: the first step has none before it, so it cannot depend on one
    paths/p.toml:15: unknown field `only_after_indx`, expected one of `cell`, `expect`, `yields`, `only_after_index`, `only_unless_schema1`, `alternative`; did you mean `only_after_index`?
    "#);
}

#[test]
fn directories() {
    let told = [
        error("suite/mine.toml", QUICK),
        error("accepts.toml", ""),
        error("clients/docker.toml", ""),
        Probes::load(std::path::Path::new("no/such/directory")).unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    suite: unknown directory "suite"; did you mean "suites"?
    accepts.toml: unknown file "accepts.toml"; did you mean "accept.toml"?
    clients/docker.toml: client profiles are not in this version yet
    no/such/directory: cannot be read: No such file or directory (os error 2)
    "#);
}

#[test]
fn a_directory_adds_and_replaces() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("suites")).unwrap();
    let mine = "id = \"mine\"\nextends = \"quick\"\nabout = \"Mine.\"\n\n[[cell]]\nmethod = \"GET\"\n\
        endpoint = \"ping\"\naccept = \"any\"\nwhy = \"Mine.\"\n";
    fs::write(directory.path().join("suites/mine.toml"), mine).unwrap();
    let quick = "id = \"quick\"\nabout = \"Shorter.\"\n\n[[cell]]\nmethod = \"GET\"\nendpoint = \"ping\"\n\
        accept = \"none\"\nwhy = \"Alone.\"\n";
    fs::write(directory.path().join("suites/quick.toml"), quick).unwrap();
    fs::write(directory.path().join("README.md"), "Not a probe.").unwrap();
    let probes = Probes::load(directory.path()).unwrap();
    let ids: Vec<String> = probes.suite("mine").unwrap().cells.iter().map(|c| c.id().0).collect();
    assert_eq!(ids, ["GET ping accept=none", "GET ping accept=any"]);
    assert_eq!(probes.suites.len(), 5);
    assert_eq!(probes.suite("mien").unwrap_err(), "unknown suite \"mien\"; did you mean \"mine\"?");
}
