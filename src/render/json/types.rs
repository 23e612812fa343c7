//! The types of the JSON report. Field names are the contract.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wire::*;

v1! {
    /// A regprobe report.
    ReportV1 {
        /// 1.
        schema_version: u32,
        /// What made it.
        tool: ToolV1,
        /// When the run started, RFC 3339.
        created: String,
        /// What was asked for.
        target: TargetV1,
        /// The suite's id.
        suite: String,
        /// The OCI distribution spec that answers are held to: 1.0 or 1.1.
        #[serde(default = "spec_1_1")]
        spec: String,
        /// What the roles turned out to be.
        subjects: SubjectsV1,
        /// How we identified ourselves; no secrets.
        access: AccessV1,
        /// Things about the run a reader must know.
        notes: Vec<NoteV1>,
        /// The matrix, in the plan's order.
        cells: Vec<CellV1>,
        /// Every exchange, in the plan's order.
        exchanges: Vec<ExchangeV1>,
        /// Documents and error bodies, once each, by their sha256. Layers never.
        bodies: BTreeMap<String, BodyTextV1>,
        /// Metadata paths, judged.
        paths: Vec<PathV1>,
        /// Client profiles, judged; none in this version.
        clients: Vec<ClientV1>,
        /// What is wrong or worth knowing.
        findings: Vec<FindingV1>,
        /// Which rules this run exercised.
        coverage: CoverageV1,
        /// Answers outside the specs that no finding explains, ready to send to who keeps the registry.
        #[serde(default)]
        unexplained: Vec<UnexplainedV1>,
        /// In short.
        summary: SummaryV1,
    }
}
/// Reports that do not say were held to 1.1.
fn spec_1_1() -> String {
    crate::oracle::Spec::V1_1.as_str().to_owned()
}

v1! {
    /// The tool.
    ToolV1 {
        /// `regprobe`
        name: String,
        /// Its version.
        version: String,
    }
}
v1! {
    /// The target.
    TargetV1 {
        /// As the user wrote it.
        image: String,
        /// Scheme and authority that answered, or the last that was tried.
        base_url: String,
        /// The name that users know.
        registry: String,
        /// The repository.
        repository: String,
        /// The tag.
        tag: Option<String>,
        /// The digest.
        digest: Option<String>,
        /// `os/architecture[/variant]` wanted from an index.
        platform: String,
        /// Whether the user named that platform.
        #[serde(default)]
        platform_given: bool,
    }
}
v1! {
    /// The roles, made concrete; null where never learned.
    SubjectsV1 {
        /// The tag.
        tag: Option<String>,
        /// The index or manifest list.
        index: Option<String>,
        /// The platform's manifest.
        manifest: Option<String>,
        /// The config.
        config: Option<String>,
        /// The first layer.
        layer: Option<String>,
        /// What a schema 1 answer announces that was made on the fly from something else.
        #[serde(default)]
        converted: Option<String>,
        /// The platform taken from an index.
        #[serde(default)]
        platform: Option<String>,
    }
}
v1! {
    /// How we identified ourselves.
    AccessV1 {
        /// `none`, `basic`, `bearer`, or the unknown scheme that was asked for.
        scheme: String,
        /// Where credentials came from.
        source: String,
        /// Every `WWW-Authenticate` line met, verbatim, once each.
        challenges: Vec<String>,
        /// What went wrong on the way to a token.
        problem: Option<String>,
    }
}
v1! {
    /// A note.
    NoteV1 {
        /// Its id.
        id: String,
        /// For a person.
        text: String,
    }
}
v1! {
    /// One cell.
    CellV1 {
        /// `GET manifests/tag accept=oci-index`
        id: String,
        /// GET, HEAD or POST.
        method: String,
        /// ping, manifests, blobs, tags, referrers, catalog or token.
        endpoint: String,
        /// The subject; null for endpoints that have none.
        subject: Option<String>,
        /// The name of the Accept value.
        accept: String,
        /// The exchange that answered it; null when not tried.
        exchange: Option<String>,
        /// The final status.
        status: Option<u16>,
        /// `Content-Type`
        content_type: Option<String>,
        /// `Docker-Content-Digest`
        docker_content_digest: Option<String>,
        /// `Content-Length`
        content_length: Option<u64>,
        /// The body; null when not answered.
        body: Option<CellBodyV1>,
        /// The first `errors[].code`
        error_code: Option<String>,
        /// answered, failed or not-tried.
        outcome: String,
        /// Why it was not tried; null otherwise.
        not_tried: Option<NotTriedV1>,
        /// What it did, free of volatile values.
        signature: String,
        /// ok or anomaly.
        expected: String,
        /// The rule an anomaly breaks.
        cites: Option<String>,
        /// The finding that explains an anomaly.
        explained_by: Option<String>,
    }
}
v1! {
    /// A cell's body in short.
    CellBodyV1 {
        /// Its sha256; null for HEAD.
        digest: Option<String>,
        /// What it is; of HEAD, what the headers promise.
        kind: String,
        /// Whether the bytes are those that were named; null where nothing names them.
        matches: Option<bool>,
    }
}
v1! {
    /// Why a cell was not tried.
    NotTriedV1 {
        /// not-learned, not-applicable, budget, rate-limited, cancelled or unreachable.
        class: String,
        /// For a person.
        reason: String,
    }
}
v1! {
    /// A metadata path's verdict.
    PathV1 {
        /// Its id.
        id: String,
        /// main, legacy or trap.
        kind: String,
        /// works, fails, not-applicable, inconclusive or not-tried.
        verdict: String,
        /// In one sentence.
        why: String,
        /// Its steps, up to the first broken one.
        steps: Vec<StepV1>,
        /// What it yields; null unless it works.
        metadata: Option<MetadataV1>,
    }
}
v1! {
    /// A step.
    StepV1 {
        /// The cell.
        cell: String,
        /// Whether it did what the path needs.
        ok: bool,
        /// What came, or why not.
        why: String,
    }
}
v1! {
    /// What a person came for.
    MetadataV1 {
        /// `os/architecture[/variant]`
        platform: Option<String>,
        /// As written.
        created: Option<String>,
        /// Env.
        env: Vec<String>,
        /// Entrypoint.
        entrypoint: Vec<String>,
        /// Cmd.
        cmd: Vec<String>,
        /// WorkingDir.
        working_dir: Option<String>,
        /// User.
        user: Option<String>,
        /// Labels.
        labels: BTreeMap<String, String>,
        /// Layers, base first.
        layers: Vec<LayerV1>,
        /// Of an index.
        platforms: Vec<String>,
        /// Of an artifact.
        artifact_type: Option<String>,
        /// Further entries and layers, which were not looked at.
        #[serde(default, skip_serializing_if = "is_zero")]
        further: u64,
    }
}
v1! {
    /// A layer.
    LayerV1 {
        /// Its digest.
        digest: Option<String>,
        /// Bytes; schema 1 does not say.
        size: Option<u64>,
        /// Its type.
        media_type: Option<String>,
    }
}
v1! {
    /// A client's verdict.
    ClientV1 {
        /// Its id.
        id: String,
        /// works, fails or inconclusive.
        verdict: String,
        /// The first step that failed.
        failed_step: Option<String>,
        /// Why.
        why: String,
    }
}
v1! {
    /// A finding.
    FindingV1 {
        /// The catalogue's id.
        id: String,
        /// broken, warning or note.
        severity: String,
        /// certain, likely or possible.
        confidence: String,
        /// registry, proxy, request, image or credentials.
        whose: String,
        /// One line.
        title: String,
        /// What was seen, and why.
        explanation: String,
        /// What to do.
        remedy: String,
        /// Cell ids.
        evidence: Vec<String>,
        /// Curl lines.
        reproduce: Vec<String>,
        /// Specs and threads.
        references: Vec<String>,
        /// What follows from it.
        children: Vec<FindingV1>,
    }
}
v1! {
    /// Which rules this run exercised.
    CoverageV1 {
        /// Finding ids.
        exercised: Vec<String>,
        /// Those that were not, and why.
        not_exercised: Vec<NotExercisedV1>,
    }
}
v1! {
    /// A rule that this run could not exercise.
    NotExercisedV1 {
        /// Its id.
        id: String,
        /// Why.
        why: String,
    }
}
v1! {
    /// Anomalies of one kind that nothing explains.
    UnexplainedV1 {
        /// What they break.
        cites: String,
        /// The cells.
        cells: Vec<String>,
        /// An account, ready to send.
        text: String,
        /// The first of the requests.
        curl: Option<String>,
    }
}
v1! {
    /// In short.
    SummaryV1 {
        /// works, degraded, broken or inconclusive.
        outcome: String,
        /// The path to take; null when none works.
        recommended_path: Option<String>,
        /// The recommended path as curl lines.
        curl: Vec<String>,
        /// The recommended path as a Python script.
        #[serde(default)]
        python: Option<String>,
        /// Requests sent, every hop and attempt counted.
        requests: u64,
        /// Manifest GETs that were answered, by our own count.
        pulls: u64,
        /// Wall time in milliseconds.
        wall_ms: f64,
        /// Cells outside what the specs allow.
        anomalies: u64,
        /// Those that no finding explains.
        unexplained: u64,
        /// Cells by outcome, findings by severity.
        counts: BTreeMap<String, u64>,
    }
}
