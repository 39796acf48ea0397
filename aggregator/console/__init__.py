"""What a person reads in a terminal or a log."""
