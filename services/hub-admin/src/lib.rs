//! hub-admin
