"""Measurements: programs that print a table, never tests. ``make bench`` runs them."""
