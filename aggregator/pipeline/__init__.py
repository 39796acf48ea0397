"""The steps: each reads what it needs, calls pure decisions, and writes what was decided.

The only room that knows every stage; the stages do not know each other. ``run_pass`` joins the
steps: ingest (``feeds``, ``dumps``, ``document``), cluster, link_events, publish (``select``).
``find``, ``explain`` and ``purge`` answer a person.
"""
