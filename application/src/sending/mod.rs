//! The policy of sending: order, pacing, retries, the outcome of each attempt.
