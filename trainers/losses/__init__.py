"""Loss terms: one idea a file, each with its paper and equation."""
