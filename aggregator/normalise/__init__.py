"""Parsed entry → draft: display text, sanitised markup, dates in UTC, keys for comparing."""
