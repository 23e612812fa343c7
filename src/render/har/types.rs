//! HAR 1.2 as it is written here. Names and meanings are the format's; fields of ours begin with `_`.

use serde::Serialize;

/// A type of the format, written in camel case.
macro_rules! har {
    ($($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        #[derive(Debug, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct $name { $($(#[$meta])* pub(super) $field: $type,)* }
    )*};
}

har! {
    Document { log: Log, }
    Log {
        version: &'static str,
        creator: Creator,
        pages: Vec<Page>,
        entries: Vec<Entry>,
    }
    Creator { name: &'static str, version: String, }
    Page {
        started_date_time: String,
        id: String,
        title: String,
        page_timings: PageTimings,
    }
    PageTimings { on_load: f64, }
    Entry {
        pageref: String,
        started_date_time: String,
        time: f64,
        request: Request,
        response: Response,
        cache: Cache,
        timings: Timings,
        #[serde(rename = "serverIPAddress", skip_serializing_if = "Option::is_none")]
        server_ip_address: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        connection: Option<String>,
        #[serde(rename = "_exchange")]
        exchange: String,
        #[serde(rename = "_hop")]
        hop: usize,
        #[serde(rename = "_purpose")]
        purpose: &'static str,
        #[serde(rename = "_cell", skip_serializing_if = "Option::is_none")]
        cell: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    }
    Cache {}
    Request {
        method: &'static str,
        url: String,
        http_version: &'static str,
        cookies: Vec<Pair>,
        headers: Vec<Pair>,
        query_string: Vec<Pair>,
        headers_size: i64,
        body_size: i64,
    }
    Pair { name: String, value: String, }
    Response {
        status: u16,
        status_text: String,
        http_version: &'static str,
        cookies: Vec<Pair>,
        headers: Vec<Pair>,
        content: Content,
        #[serde(rename = "redirectURL")]
        redirect_url: String,
        headers_size: i64,
        body_size: i64,
        #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    }
    Content {
        size: u64,
        mime_type: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        encoding: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    }
    Timings {
        blocked: f64,
        dns: f64,
        connect: f64,
        send: f64,
        wait: f64,
        receive: f64,
        ssl: f64,
    }
}
