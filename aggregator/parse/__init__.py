"""Document → parsed entries: feeds (``feed``) and page text (``page``). Repairs nothing."""
