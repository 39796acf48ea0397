"""All that is known about Bengali: its text, its dates, its language. Pure functions."""
