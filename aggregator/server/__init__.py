"""How the public apps are served: which clients keep a connection, and for how long.

Knows connections, time-outs and descriptors; refuses to know what an app answers.
"""
