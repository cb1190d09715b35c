//! hub-report
