//! Keys: the key-encryption key, data keys, keyed hashes.
