"""Which entry is this: pure decisions over what the store remembers."""
