//! The signature that Meta puts on each delivery.
