//! hub-queue
