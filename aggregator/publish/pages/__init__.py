"""Pages for people: a front page, a page for each feed, and what leads through them. All pure."""
