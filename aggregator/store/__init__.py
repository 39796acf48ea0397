"""What is remembered between runs: entries, their aliases, sources' states, the dump ledger."""
