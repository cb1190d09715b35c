//! One writer per format.

pub mod csv;
pub mod html;
pub mod json;
pub mod markdown;
pub mod sarif;
pub mod table;
