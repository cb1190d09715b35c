//! hub-rules
