//! hub-testing
