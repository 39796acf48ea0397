"""A made news town: papers on loopback that publish Bengali news, with every fault that is known.

What a paper's document is at a moment of the town is pure and follows from the seed (``grammar``,
``papers``, ``town``, ``answers``); ``server`` hands it out. The town knows which texts there are
and who tells them, so what is published can be compared with what should be.
"""
