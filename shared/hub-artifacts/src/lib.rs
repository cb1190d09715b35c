//! hub-artifacts
