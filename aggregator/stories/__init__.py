"""Which entries carry one text, and which stories tell of one event: pure decisions."""
