//! What a person or program can ask for; one file a use.

pub mod conversation_rows;
