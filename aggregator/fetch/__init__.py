"""Source → documents: over HTTP (``http``) and from files (``files``). Parses nothing."""
