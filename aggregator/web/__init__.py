"""What the web server answers: the published folder, and nothing else.

``app`` is the ASGI app, ``stored`` what it reads, ``negotiation`` which encoding a client gets,
``conditions`` whether it has that already, ``headers`` what is said beside a body.
"""
