//! Secrets in text, code or output (M18, M19, S09, S10).

use hub_engine::Rule;

mod arguments_in_log;
mod context_harvesting_parameter;
mod environment_handed_out;
mod hard_coded_secret;
mod secret_asking_parameter;
mod secret_in_log;
mod secret_in_metadata;
mod stack_trace_returned;
mod system_details_handed_out;
mod system_details_on_endpoint;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &hard_coded_secret::HardCodedSecret,
    &arguments_in_log::ArgumentsInLog,
    &secret_in_log::SecretInLog,
    &environment_handed_out::EnvironmentHandedOut,
    &system_details_handed_out::SystemDetailsHandedOut,
    &system_details_on_endpoint::SystemDetailsOnEndpoint,
    &stack_trace_returned::StackTraceReturned,
    &context_harvesting_parameter::ContextHarvestingParameter,
    &secret_asking_parameter::SecretAskingParameter,
    &secret_in_metadata::SecretInMetadata,
];
