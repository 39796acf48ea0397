"""What is told to a person in a terminal or a log."""
