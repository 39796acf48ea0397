"""The commands, one module each: what is read from the command line, printed, and exited with.

Exit codes: 0 all good; 1 some source or feed failed and the others were published; 2 nothing could
run. ``cli`` lists the commands and imports the one that is run.
"""
