"""Opening, measuring and portraying files of strangers, in a process that may die of them."""
