#!/usr/bin/env python3
"""Turn a recorded matrix of a registry into the compact table that the comparison tests read.

usage: compact.py RECORDED.tsv > COMPACT.tsv        (standard library only)

A recorded matrix has one line per request, made with curl, and a header line that names at least the columns
image, method, path_kind, accept, status, content_type, docker_content_digest, error_code, body_sha_is_dcd, path.

What is changed on the way, and why:
- Requests that the probes have no cell for are left out (`text/html`, `oci-index;q=0`, `_catalog`, ...).
- Names of paths and Accept values become those of the cell ids (`manifests/<tag>` -> `manifests/tag`).
- Literal digests become roles, because another run makes other bytes of the same shape. Which role a digest has is
  read off the recorded paths: the row of `manifests/<config-digest>` holds the config's digest in its path.
- Of several error codes the first is kept. HEAD has none: it has no body.
- Rows that differ only in Accept share a line; `*` stands for all the values of ACCEPT below.
"""
import csv
import re
import sys

ACCEPT = {
    "none": "none", "*/*": "any", "application/*": "app-any", "application/json": "json",
    "schema1": "schema1", "schema1-signed": "schema1-signed", "schema2": "docker-manifest",
    "manifest-list": "docker-list", "oci-manifest": "oci-manifest", "oci-index": "oci-index",
    "docker-config": "docker-config", "all-joined": "all", "all-separate-lines": "all-lines",
    "schema2+list": "docker-only", "oci-manifest+index": "oci-only", "all-q": "q-values",
    "schema2-uppercase": "upper-case",
}
SUBJECT = {
    "<tag>": "tag", "<index-digest>": "index", "<manifest-digest>": "manifest", "<config-digest>": "config",
    "<layer-digest>": "layer", "<missing-tag>": "absent-tag", "<missing-digest>": "absent-digest",
    "<malformed-digest>": "malformed-digest",
}
ROLES = {"<index-digest>": "index", "<manifest-digest>": "manifest", "<config-digest>": "config", "<layer-digest>": "layer"}


def where(path_kind):
    """`manifests/<tag>` -> `manifests/tag`; None for what the probes do not ask."""
    if path_kind == "/v2/":
        return "ping"
    if path_kind == "tags/list":
        return "tags"
    if path_kind in ("missing-repo/manifests", "missing-repo/tags"):
        return {"manifests": "manifests/tag", "tags": "tags"}[path_kind.rpartition("/")[2]] + " repository=absent"
    endpoint, _, subject = path_kind.partition("/")
    if endpoint in ("manifests", "blobs", "referrers") and subject in SUBJECT:
        return f"{endpoint}/{SUBJECT[subject]}"
    return None


def main():
    with open(sys.argv[1], newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    roles = {}
    for row in rows:
        kind = row["path_kind"].rpartition("/")[2]
        digest = re.search(r"sha256:[0-9a-f]{64}$", row["path"])
        if kind in ROLES and digest:
            roles.setdefault((row["image"], digest.group(0)), ROLES[kind])
    groups = {}
    for row in rows:
        place, accept = where(row["path_kind"]), ACCEPT.get(row["accept"])
        if place is None or accept is None:
            continue
        digest = row["docker_content_digest"]
        role = "-" if digest == "-" else roles.get((row["image"], digest), "other")
        code = row["error_code"].split("+")[0]
        code = "-" if code.startswith("(") else code
        key = (row["image"], f"{row['method']} {place}", row["status"], row["content_type"], role, code, row["body_sha_is_dcd"].lower())
        groups.setdefault(key, []).append(accept)
    print("image\trequest\taccepts\tstatus\tcontent_type\tdigest\terror\tbytes")
    axis = list(ACCEPT.values())
    for key, accepts in groups.items():
        names = "*" if len(accepts) == len(axis) else " ".join(sorted(accepts, key=axis.index))
        print("\t".join([key[0], key[1], names, *key[2:]]))


main()
