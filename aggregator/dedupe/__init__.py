"""Which entry is this, and which story: pure decisions over what the store remembers."""
