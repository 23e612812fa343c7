//! Every way to get a reference wrong, with the exact error a person reads.

use super::gallery::gallery;

#[test]
fn bad_before_the_repository() {
    insta::assert_snapshot!(gallery(&[
        "",
        " ubuntu",
        "ubuntu latest",
        "ubuntu\u{1b}[31m",
        "ubuntu\u{200b}",
        "ftp://host.example/x",
        "://host.example/x",
        "https:/host.example/x",
        "oci:dir:tag",
        "docker-archive:/tmp/x.tar",
        "./dir",
        "https://user:hunter2@host.example/x",
        "user:hun/ter2@host.example/x:tag@DIGEST",
        "https://host.example/x?token=hunter2",
        "host.example/x#frag",
        "host.example:/x",
        "host.example:5000a/x",
        "host.example:99999/x",
        "host.example:0/x",
        ":5000/x",
        "ho_st:5000/x",
        "-host.example/x",
        "127.080.1/x",
        "host.0.1/x",
        "1.2.3.4.5:5000/x",
        "256.0.0.1/x",
        "xn--a.example/x",
        "::1/x",
        "2001:db8::1:5000/x",
        "a:b:c/x",
        "[::1/x",
        "[::1]5000/x",
        "[gcr.io]/x",
        "[fe80::1%eth0]/x",
        "x[::1]/x",
        "https://host.example",
        "[::1]:5000",
        "host.example:5000/",
        "https://host.example/v2/",
        "https://host.example/v2/manifests/tag",
        "https://host.example/artifactory/api/docker/r/v2/a/manifests/tag",
    ]), @r"
    the reference is empty: write host/repository:tag
    the reference begins or ends with a blank: remove it
       ubuntu
      ^
    a blank stands inside the reference: give one reference per argument
      ubuntu latest
            ^
    the reference holds the control character U+001B: remove it
      ubuntu\u{1b}[31m
            ^^^^^^
    U+200B is not ASCII: type the reference by hand; a host outside ASCII is written in its xn-- form
      ubuntu\u{200b}
            ^^^^^^^^
    the scheme `ftp` is not known: write https://, http://, oci://, docker:// or none
      ftp://host.example/x
      ^^^
    `://` without a scheme: write https:// or leave it out
      ://host.example/x
      ^^^
    `https:` is followed by two slashes: write https://host/repository:tag
      https:/host.example/x
      ^^^^^^
    `oci:` names a place on this machine, and regprobe asks registries: write host/repository:tag
      oci:dir:tag
      ^^^^
    `docker-archive:` names a place on this machine, and regprobe asks registries: write host/repository:tag
      docker-archive:/tmp/x.tar
      ^^^^^^^^^^^^^^^
    this is a path on this machine, and regprobe asks registries
      ./dir
      ^
    credentials do not belong in a reference: leave out all before the @ and give --username and --password-stdin
      https://<redacted>@host.example/x
              ^^^^^^^^^^
    credentials do not belong in a reference: leave out all before the @ and give --username and --password-stdin
      <redacted>@host.example/x:tag@sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8...
      ^^^^^^^^^^
    queries and fragments are no part of a reference: end it before this
      https://host.example/x?...
                            ^^^^
    queries and fragments are no part of a reference: end it before this
      host.example/x#frag
                    ^^^^^
    the port is missing after the colon: write it, or leave the colon out
      host.example:/x
                   ^
    a port is a number; a tag stands at the very end, after the repository
      host.example:5000a/x
                   ^^^^^
    a port is a number from 1 to 65535
      host.example:99999/x
                   ^^^^^
    a port is a number from 1 to 65535
      host.example:0/x
                   ^
    the host is missing before the port
      :5000/x
      ^
    `_` may not stand in a host name: letters, digits, - and . may
      ho_st:5000/x
        ^
    each part of a host name between dots begins and ends with a letter or a digit, and none is empty
      -host.example/x
      ^^^^^^^^^^^^^
    a host whose last part is a number is an IPv4 address, and this is not one: write four numbers from 0 to 255
      127.080.1/x
      ^^^^^^^^^
    a host whose last part is a number is an IPv4 address, and this is not one: write four numbers from 0 to 255
      host.0.1/x
      ^^^^^^^^
    a host whose last part is a number is an IPv4 address, and this is not one: write four numbers from 0 to 255
      1.2.3.4.5:5000/x
      ^^^^^^^^^
    a host whose last part is a number is an IPv4 address, and this is not one: write four numbers from 0 to 255
      256.0.0.1/x
      ^^^^^^^^^
    this cannot be the host of a URL: check its xn-- parts
      xn--a.example/x
      ^^^^^^^^^^^^^
    an IPv6 address stands in brackets: [2001:db8::1]:5000
      ::1/x
      ^^^
    an IPv6 address stands in brackets: [2001:db8::1]:5000
      2001:db8::1:5000/x
      ^^^^^^^^^^^^^^^^
    a host has one colon at most, before the port; an IPv6 address stands in brackets: [::1]:5000
      a:b:c/x
      ^^^^^
    the bracket around the IPv6 address is not closed: [::1]:5000
      [::1/x
      ^^^^
    after the closing bracket comes a port or a slash: [::1]:5000/name
      [::1]5000/x
           ^^^^
    this is no IPv6 address, and only one may stand in brackets
      [gcr.io]/x
       ^^^^^^
    an IPv6 zone cannot be asked for: leave out the % and what follows
      [fe80::1%eth0]/x
       ^^^^^^^^^^^^
    brackets belong around an IPv6 address and nowhere else: [::1]:5000
      x[::1]/x
      ^^^^^^
    the repository is missing after the host
      https://host.example
                          ^
    the repository is missing after the host
      [::1]:5000
                ^
    the repository is missing after the host
      host.example:5000/
                        ^
    this is the API's own path: put the repository in its place, host/repository:tag
      https://host.example/v2/
                           ^^^
    the repository is missing in this URL of the API: /v2/<repository>/manifests/<tag>
      https://host.example/v2/manifests/tag
                           ^^^^^^^^^^^^^^^^
    this API lies below a path of its own, and references know only hosts: name the repository as docker does
      https://host.example/artifactory/api/docker/r/v2/a/manifests/tag
                           ^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn bad_repository_tag_or_digest() {
    insta::assert_snapshot!(gallery(&[
        "Ubuntu:22.04",
        "host.example/Foo/bar",
        "host.example//x",
        "a//b",
        "/x",
        "x/",
        "host.example/x/",
        "a/../b",
        "a..b",
        "a___b",
        "a._b",
        "a/-b",
        "a/b_:tag",
        "a/b$c",
        "host.example/a:tag/b",
        ":tag",
        "host.example/:tag",
        "@DIGEST",
        "DIGEST",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "x:",
        "x:a:b",
        "x:-a",
        "x:t+1",
        "x:@DIGEST",
        "x@",
        "x@DIGEST@DIGEST",
        "x@latest",
        "x@SHA256:00",
        "x@sha256:",
        "x@sha256:00",
        "x@sha512:00",
        "x@sha256:44136FA355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    ]), @r"
    a repository has no upper-case letters: write ubuntu
      Ubuntu:22.04
      ^
    a repository has no upper-case letters: write foo
      host.example/Foo/bar
                   ^
    two slashes follow each other: one separates components
      host.example//x
                  ^^
    two slashes follow each other: one separates components
      a//b
       ^^
    a reference does not begin with a slash: remove it
      /x
      ^
    a repository does not end with a slash: remove it or finish the name
      x/
       ^
    a repository does not end with a slash: remove it or finish the name
      host.example/x/
                    ^
    each component of a repository begins and ends with a-z or 0-9
      a/../b
        ^^
    `..` does not separate: one dot, one or two underscores, or dashes do
      a..b
       ^^
    `___` does not separate: one dot, one or two underscores, or dashes do
      a___b
       ^^^
    `._` does not separate: one dot, one or two underscores, or dashes do
      a._b
       ^^
    each component of a repository begins and ends with a-z or 0-9
      a/-b
        ^^
    each component of a repository begins and ends with a-z or 0-9
      a/b_:tag
        ^^
    `$` may not stand in a repository: a-z, 0-9, . _ - and / may
      a/b$c
         ^
    a colon stands before the tag, at the very end, and nowhere else
      host.example/a:tag/b
                    ^
    the repository is missing: write host/repository:tag
      :tag
      ^
    the repository is missing: write host/repository:tag
      host.example/:tag
                   ^
    the repository is missing: write host/repository:tag
      @DIGEST
      ^
    this is a digest without a repository: write host/repository@sha256:...
      DIGEST
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    64 hexadecimal digits are an image's id, not its name: write host/repository@sha256:...
      44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    the tag is missing after the colon: write one, or leave the colon out
      x:
        ^
    `:` may not stand in a tag: letters, digits, _ . and - may
      x:a:b
         ^
    a tag begins with a letter, a digit or an underscore
      x:-a
        ^
    `+` may not stand in a tag: write _ in its place, as Helm does
      x:t+1
         ^
    the tag is missing after the colon: write one, or leave the colon out
      x:@DIGEST
        ^
    the digest is missing after the @: write sha256:..., or leave the @ out
      x@
        ^
    a second @: one digest is enough, and the tag stands before it
      ...8a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a@sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21f...
                                                           ^
    this is no digest: a digest is written algorithm:hex, for example sha256:...
      x@latest
        ^^^^^^
    this is no digest: the algorithm may hold a-z, 0-9 and single + . _ - between them
      x@SHA256:00
        ^^^^^^^^^
    this is no digest: what follows the colon may hold letters, digits, = _ and -
      x@sha256:
        ^^^^^^^
    this is no digest: 64 hexadecimal digits are wanted here, and 2 are given
      x@sha256:00
        ^^^^^^^^^
    this is no digest: 128 hexadecimal digits are wanted here, and 2 are given
      x@sha512:00
        ^^^^^^^^^
    this is no digest: only 0-9 and lower-case a-f may stand here
      x@sha256:44136FA355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}
