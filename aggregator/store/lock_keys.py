"""The second number of an advisory lock of PostgreSQL's: a name, within the store's schema.

The first number is what the lock is for. A statement with ``KEY`` takes the name as ``:name``.
"""

KEY = "hashtext(current_schema() || :name)"
