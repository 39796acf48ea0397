"""All that is known about Bengali: its text, dates, languages, places and the legacy font; pure."""
