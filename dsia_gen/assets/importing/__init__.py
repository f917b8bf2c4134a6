"""Taking in files of strangers: what they are, what they promise, which files they name, what becomes of them."""
