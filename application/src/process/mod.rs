//! The conversation process manager.
