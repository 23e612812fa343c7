//! Digests (OCI image spec, descriptor.md, "Digests"), kept as text: unknown algorithms are no error.

use std::fmt;

use sha2::{Digest as _, Sha256, Sha512};

/// `algorithm:encoded`, as the grammar of the image spec has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(String);

/// A digest is part of a URL, of every request that names it: twice what the longest registered one (sha512) has.
const MAX_LENGTH: usize = 256;

/// Why a text is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestError {
    /// There is no `:`.
    NoAlgorithm,
    /// The algorithm is outside the grammar.
    BadAlgorithm,
    /// The encoded part is empty, outside the grammar or longer than any.
    BadEncoding,
    /// sha256 wants 64, sha512 wants 128 hexadecimal digits.
    WrongLength {
        /// Digits wanted.
        wanted: usize,
        /// Digits found.
        found: usize,
    },
    /// sha256 and sha512 are written in lower-case hexadecimal.
    NotLowerHex,
}

impl fmt::Display for DigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DigestError::NoAlgorithm => {
                f.write_str("a digest is written algorithm:hex, for example sha256:...")
            }
            DigestError::BadAlgorithm => {
                f.write_str("the algorithm may hold a-z, 0-9 and single + . _ - between them")
            }
            DigestError::BadEncoding => {
                f.write_str("what follows the colon may hold letters, digits, = _ and -")
            }
            DigestError::WrongLength { wanted, found } => {
                write!(f, "{wanted} hexadecimal digits are wanted here, and {found} are given")
            }
            DigestError::NotLowerHex => f.write_str("only 0-9 and lower-case a-f may stand here"),
        }
    }
}

impl std::error::Error for DigestError {}

impl Digest {
    /// Parses by the grammar; for sha256 and sha512 the length and the digits are checked too.
    pub fn parse(text: &str) -> Result<Digest, DigestError> {
        let (algorithm, encoded) = text.split_once(':').ok_or(DigestError::NoAlgorithm)?;
        let component =
            |c: &str| !c.is_empty() && c.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !algorithm.split(['+', '.', '_', '-']).all(component) {
            return Err(DigestError::BadAlgorithm);
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'_' | b'-');
        if encoded.is_empty() || text.len() > MAX_LENGTH || !encoded.bytes().all(allowed) {
            return Err(DigestError::BadEncoding);
        }
        let wanted = match algorithm {
            "sha256" => 64,
            "sha512" => 128,
            _ => return Ok(Digest(text.to_owned())),
        };
        if encoded.len() != wanted {
            return Err(DigestError::WrongLength { wanted, found: encoded.len() });
        }
        if !encoded.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f')) {
            return Err(DigestError::NotLowerHex);
        }
        Ok(Digest(text.to_owned()))
    }

    /// The sha256 of some bytes.
    pub fn sha256(bytes: &[u8]) -> Digest {
        Self::from_sha256(Sha256::digest(bytes))
    }

    /// The sha512 of some bytes.
    pub fn sha512(bytes: &[u8]) -> Digest {
        Self::from_sha512(Sha512::digest(bytes))
    }

    /// From a finished sha256 computation.
    pub fn from_sha256(hash: impl AsRef<[u8]>) -> Digest {
        Digest(format!("sha256:{}", hex(hash.as_ref())))
    }

    /// From a finished sha512 computation.
    pub fn from_sha512(hash: impl AsRef<[u8]>) -> Digest {
        Digest(format!("sha512:{}", hex(hash.as_ref())))
    }

    /// `sha256`, `sha512`, or what else was written.
    pub fn algorithm(&self) -> &str {
        self.0.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    /// What follows the colon.
    pub fn encoded(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, encoded)| encoded)
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the bytes have this digest; `None` for an algorithm that is not computed here.
    pub fn matches(&self, bytes: &[u8]) -> Option<bool> {
        match self.algorithm() {
            "sha256" => Some(*self == Digest::sha256(bytes)),
            "sha512" => Some(*self == Digest::sha512(bytes)),
            _ => None,
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(
            Digest::sha256(b"{}").as_str(),
            "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
        assert_eq!(Digest::sha256(b"{}").matches(b"{}"), Some(true));
        assert_eq!(Digest::sha512(b"{}").matches(b"[]"), Some(false));
        assert_eq!(Digest::parse("blake3:abc").map(|d| d.matches(b"")), Ok(None));
    }

    #[test]
    fn each_fault_has_its_own_error() {
        let hex = "0".repeat(64);
        let error = |text: &str| Digest::parse(text).unwrap_err();
        assert_eq!(error(&hex), DigestError::NoAlgorithm);
        assert_eq!(error(&format!("SHA256:{hex}")), DigestError::BadAlgorithm);
        assert_eq!(error("sha256:"), DigestError::BadEncoding);
        assert_eq!(error("sha256:zz"), DigestError::WrongLength { wanted: 64, found: 2 });
        assert_eq!(error(&format!("sha256:{}", "A".repeat(64))), DigestError::NotLowerHex);
        assert!(Digest::parse("sha512:00").is_err());
        assert!(Digest::parse("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8").is_ok());
    }
}
