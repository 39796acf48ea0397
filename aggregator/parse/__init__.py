"""Document → parsed entries: feeds, page text, saved HTML and records of collections.

Knows formats and how pages are laid out. Repairs no text and decides no dates: a parsed entry is as
its source wrote it.
"""
