//! The types of exchanges in the JSON report. Field names are the contract.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) fn is_zero(count: &u64) -> bool {
    *count == 0
}

v1! {
    /// One exchange. `request` is the first as sent, `response` the final answer.
    ExchangeV1 {
        /// `x0012`
        id: String,
        /// scheme, token, challenged, limited, faulted, cell or passed.
        purpose: String,
        /// The first request.
        request: RequestV1,
        /// The final answer; null when it failed.
        response: Option<ResponseV1>,
        /// Every hop in order, first and last included, where there was more than one.
        hops: Vec<HopV1>,
        /// Of the first hop; of all hops, `total` is the sum.
        timing_ms: TimingV1,
        /// Why it failed.
        error: Option<ErrorV1>,
    }
}
v1! {
    /// One hop.
    HopV1 {
        /// The request.
        request: RequestV1,
        /// The answer; null when it failed.
        response: Option<ResponseV1>,
        /// Its times.
        timing_ms: TimingV1,
        /// Why it failed.
        error: Option<ErrorV1>,
    }
}
v1! {
    /// A request as sent, redacted.
    RequestV1 {
        /// The method.
        method: String,
        /// The URL.
        url: String,
        /// Header lines in order.
        headers: Vec<HeaderV1>,
    }
}
v1! {
    /// A header line.
    HeaderV1 {
        /// Lower case.
        name: String,
        /// The value.
        value: String,
    }
}
v1! {
    /// A response.
    ResponseV1 {
        /// The status.
        status: u16,
        /// A reason phrase that is not the standard's.
        reason: Option<String>,
        /// `HTTP/1.1`
        version: String,
        /// Header lines in order.
        headers: Vec<HeaderV1>,
        /// Header lines that were not kept: there were too many.
        #[serde(default, skip_serializing_if = "is_zero")]
        headers_dropped: u64,
        /// The body.
        body: BodyV1,
        /// The peer's address.
        peer: Option<String>,
    }
}
v1! {
    /// A body.
    BodyV1 {
        /// Bytes received.
        size: u64,
        /// Their sha256.
        sha256: String,
        /// Their sha512.
        sha512: String,
        /// complete, capped or broken.
        end: String,
        /// Why it broke.
        error: Option<ErrorV1>,
        /// Under which key of `bodies` the bytes are kept; null when they are not.
        kept: Option<String>,
    }
}
v1! {
    /// Bytes of a body.
    BodyTextV1 {
        /// `Content-Type` of the first answer that brought it.
        media_type: Option<String>,
        /// Bytes.
        size: u64,
        /// The text, where it is UTF-8.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Base64, where it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base64: Option<String>,
    }
}
v1! {
    /// Times in milliseconds.
    TimingV1 {
        /// Since the start of the run.
        start: f64,
        /// Name resolution.
        dns: Option<f64>,
        /// Name resolution, TCP and TLS.
        connect: Option<f64>,
        /// To the response head.
        first_byte: Option<f64>,
        /// To the end.
        total: f64,
        /// Which connection.
        connection: Option<u64>,
    }
}
v1! {
    /// A failure below HTTP.
    ErrorV1 {
        /// The kind.
        kind: String,
        /// dns, connect, tls, send, head or body.
        phase: String,
        /// The library's words.
        message: String,
    }
}
