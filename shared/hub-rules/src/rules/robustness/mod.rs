//! Robustness (S26, S28–S30).

use hub_engine::Rule;

mod backtracking_pattern;
mod body_without_limit;
mod container_privilege;
mod endless_work;
mod predictable_temporary_file;
mod request_without_timeout;
mod swallowed_error;
mod unpacked_without_limit;
mod unrecorded_action;
mod work_without_bound;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &work_without_bound::WorkWithoutBound,
    &endless_work::EndlessWork,
    &unpacked_without_limit::UnpackedWithoutLimit,
    &backtracking_pattern::BacktrackingPattern,
    &body_without_limit::BodyWithoutLimit,
    &request_without_timeout::RequestWithoutTimeout,
    &predictable_temporary_file::PredictableTemporaryFile,
    &container_privilege::ContainerPrivilege,
    &swallowed_error::SwallowedError,
    &unrecorded_action::UnrecordedAction,
];
