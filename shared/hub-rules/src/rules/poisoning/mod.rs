//! Text that steers the model (M01–M17).

use hub_engine::Rule;

mod annotation_order;
mod chat_template_token;
mod colliding_name;
mod concealment_order;
mod consent_bypass;
mod deception_order;
mod encoded_text;
mod exfiltration_order;
mod false_authority;
mod hidden_markup;
mod instruction_override;
mod invisible_text;
mod overlapping_tool;
mod padded_text;
mod privilege_claim;
mod safety_override;
mod sensitive_file_order;
mod side_task_order;
mod steering_wording;
mod terminal_escape;
mod tool_preference;
mod tool_shadowing;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &instruction_override::InstructionOverride,
    &safety_override::SafetyOverride,
    &false_authority::FalseAuthority,
    &concealment_order::ConcealmentOrder,
    &consent_bypass::ConsentBypass,
    &exfiltration_order::ExfiltrationOrder,
    &sensitive_file_order::SensitiveFileOrder,
    &tool_shadowing::ToolShadowing,
    &tool_preference::ToolPreference,
    &overlapping_tool::OverlappingTool,
    &privilege_claim::PrivilegeClaim,
    &deception_order::DeceptionOrder,
    &annotation_order::AnnotationOrder,
    &colliding_name::CollidingName,
    &invisible_text::InvisibleText,
    &terminal_escape::TerminalEscape,
    &hidden_markup::HiddenMarkup,
    &encoded_text::EncodedText,
    &chat_template_token::ChatTemplateToken,
    &padded_text::PaddedText,
    &side_task_order::SideTaskOrder,
    &steering_wording::SteeringWording,
];
