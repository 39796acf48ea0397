"""Quality gates over material written for this project; ``make eval`` runs them all."""
