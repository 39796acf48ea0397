"""Entries → files that any web server can serve: one module a format, one to put them in place."""
