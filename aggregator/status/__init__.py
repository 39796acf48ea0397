"""What an operator is shown of how everything does: as a page, JSON, metrics, a feed; its words."""
