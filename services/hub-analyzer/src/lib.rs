//! hub-analyzer
