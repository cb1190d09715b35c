//! Contracts, annotations and permissions (M20–M23, P01–P11).

use hub_engine::Rule;

mod annotation_against_code;
mod contradictory_annotation;
mod cross_origin_mix;
mod destruction_without_confirmation;
mod personal_data_handling;
mod toxic_flow;
mod weak_contract;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &annotation_against_code::AnnotationAgainstCode,
    &contradictory_annotation::ContradictoryAnnotation,
    &destruction_without_confirmation::DestructionWithoutConfirmation,
    &toxic_flow::ToxicFlow,
    &cross_origin_mix::CrossOriginMix,
    &personal_data_handling::PersonalDataHandling,
    &weak_contract::WeakContract,
];
