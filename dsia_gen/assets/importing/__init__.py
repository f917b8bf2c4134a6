"""Import of untrusted files: what they are, which files they name, and the entries that are made of them."""
