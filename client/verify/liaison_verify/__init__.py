"""A second verifier of the record, which shares no code with the first. See ../README.md."""
