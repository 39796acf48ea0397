"""Parsed entry → draft: texts as they are shown, safe markup, dates in UTC, keys for comparing."""
