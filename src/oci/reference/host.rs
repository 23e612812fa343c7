//! `host[:port]`, an IPv6 literal in brackets included.

use std::net::Ipv6Addr;

use super::piece::{Fault, Piece};

/// The longest name that DNS carries.
const MAX_HOST: usize = 253;

/// Whether the first component of a reference is a host, by Docker's rule.
pub(super) fn is_host(first: &str) -> bool {
    first == "localhost"
        || first.contains(['.', ':', '[', ']'])
        || first.bytes().any(|b| b.is_ascii_uppercase())
}

/// Checks a host and lower-cases it: host names are case-insensitive (RFC 3986, section 3.2.2).
pub(super) fn host(piece: Piece<'_>) -> Result<String, Fault> {
    let (name, port) = split(piece)?;
    if !name.text.starts_with('[') {
        check_name(name)?;
    }
    if let Some(port) = port {
        check_port(port)?;
    }
    Ok(piece.text.to_ascii_lowercase())
}

fn split<'a>(piece: Piece<'a>) -> Result<(Piece<'a>, Option<Piece<'a>>), Fault> {
    if piece.text.starts_with('[') {
        return split_ipv6(piece);
    }
    if piece.text.contains(['[', ']']) {
        return Err(piece.fault("brackets belong around an IPv6 address and nowhere else: [::1]:5000"));
    }
    match piece.text.bytes().filter(|b| *b == b':').count() {
        0 => Ok((piece, None)),
        1 => {
            let (name, port) = piece.around(piece.text.find(':').unwrap_or_default());
            Ok((name, Some(port)))
        }
        _ if piece.text.parse::<Ipv6Addr>().is_ok() => {
            Err(piece.fault("an IPv6 address stands in brackets: [2001:db8::1]:5000"))
        }
        _ => Err(piece.fault(
            "a host has one colon at most, before the port; an IPv6 address stands in brackets: [::1]:5000",
        )),
    }
}

fn split_ipv6<'a>(piece: Piece<'a>) -> Result<(Piece<'a>, Option<Piece<'a>>), Fault> {
    let Some(close) = piece.text.find(']') else {
        return Err(piece.fault("the bracket around the IPv6 address is not closed: [::1]:5000"));
    };
    let address = piece.part(1..close);
    if address.text.contains('%') {
        return Err(address.fault("an IPv6 zone cannot be asked for: leave out the % and what follows"));
    }
    if address.text.parse::<Ipv6Addr>().is_err() {
        return Err(address.fault("this is no IPv6 address, and only one may stand in brackets"));
    }
    let name = piece.part(0..close + 1);
    let tail = piece.from(close + 1);
    match tail.text.bytes().next() {
        None => Ok((name, None)),
        Some(b':') => Ok((name, Some(tail.from(1)))),
        Some(_) => Err(tail.fault("after the closing bracket comes a port or a slash: [::1]:5000/name")),
    }
}

fn check_name(name: Piece<'_>) -> Result<(), Fault> {
    if name.text.is_empty() {
        return Err(name.fault("the host is missing before the port"));
    }
    if let Some(at) = name.text.bytes().position(|b| !b.is_ascii_alphanumeric() && b != b'-' && b != b'.') {
        let c = char::from(name.text.as_bytes()[at]);
        return Err(name.fault_at(
            at..at + 1,
            format!("`{c}` may not stand in a host name: letters, digits, - and . may"),
        ));
    }
    let label = |l: &str| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-');
    if !name.text.split('.').all(label) {
        return Err(name.fault(
            "each part of a host name between dots begins and ends with a letter or a digit, and none is empty",
        ));
    }
    if name.text.len() > MAX_HOST {
        return Err(name
            .fault(format!("a host name has {MAX_HOST} characters at most, this one {}", name.text.len())));
    }
    // The URL standard reads a name whose last part is a number as an IPv4 address, and refuses it where it is not one.
    if url::Host::parse(name.text).is_err() {
        let last = name.text.rsplit('.').next().unwrap_or_default();
        return Err(name.fault(if last.starts_with(|c: char| c.is_ascii_digit()) {
            "a host whose last part is a number is an IPv4 address, and this is not one: write four numbers from 0 to 255"
        } else {
            "this cannot be the host of a URL: check its xn-- parts"
        }));
    }
    Ok(())
}

fn check_port(port: Piece<'_>) -> Result<(), Fault> {
    if port.text.is_empty() {
        return Err(port.fault("the port is missing after the colon: write it, or leave the colon out"));
    }
    if !port.text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(port.fault("a port is a number; a tag stands at the very end, after the repository"));
    }
    match port.text.parse::<u16>() {
        Ok(0) | Err(_) => Err(port.fault("a port is a number from 1 to 65535")),
        Ok(_) => Ok(()),
    }
}
