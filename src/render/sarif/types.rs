//! As much of SARIF 2.1.0 as regprobe writes. Names and meanings are the standard's.

use serde::Serialize;

/// A type of the format: written in camel case, and what is absent is left out.
macro_rules! sarif {
    ($($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        #[derive(Debug, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct $name { $($(#[$meta])* pub(super) $field: $type,)* }
    )*};
}

sarif! {
    Log {
        #[serde(rename = "$schema")]
        schema: &'static str,
        version: &'static str,
        runs: Vec<Run>,
    }
    Run {
        tool: Tool,
        invocations: Vec<Invocation>,
        automation_details: AutomationDetails,
        results: Vec<Finding>,
        properties: RunProperties,
    }
    Tool { driver: Driver, }
    Driver {
        name: &'static str,
        version: String,
        rules: Vec<Rule>,
    }
    Rule {
        id: String,
        short_description: Message,
        full_description: Message,
        #[serde(skip_serializing_if = "Option::is_none")]
        help: Option<Help>,
        default_configuration: Configuration,
    }
    Configuration { level: &'static str, }
    Message { text: String, }
    Help {
        text: String,
        markdown: String,
    }
    Invocation {
        execution_successful: bool,
        start_time_utc: String,
        end_time_utc: String,
        tool_execution_notifications: Vec<Notification>,
    }
    Notification { level: &'static str, message: Message, }
    AutomationDetails { id: String, }
    Finding {
        rule_id: String,
        rule_index: usize,
        level: &'static str,
        message: Message,
        locations: Vec<Location>,
        partial_fingerprints: Fingerprints,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        suppressions: Vec<Suppression>,
        properties: Properties,
    }
    Suppression {
        kind: &'static str,
        status: &'static str,
        justification: String,
    }
    Location {
        physical_location: PhysicalLocation,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        logical_locations: Vec<LogicalLocation>,
    }
    PhysicalLocation { artifact_location: ArtifactLocation, }
    ArtifactLocation { uri: String, }
    LogicalLocation { fully_qualified_name: String, }
    Fingerprints {
        #[serde(rename = "regprobe/v1")]
        v1: String,
    }
    RunProperties {
        image: String,
        base_url: String,
        suite: String,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        recommended_path: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        result: Option<&'static str>,
    }
    FindingProperties {
        confidence: &'static str,
        whose: &'static str,
        remedy: String,
        cells: Vec<String>,
        reproduce: Vec<String>,
        references: Vec<String>,
    }
    ChangeProperties {
        kind: &'static str,
        cells: Vec<String>,
        words: Vec<String>,
    }
}

/// What there is to say about a result, by what it is about.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Properties {
    Finding(FindingProperties),
    Change(ChangeProperties),
}
