"""The HTTP side: activities search, ideas as a stream, drafts, sources, health, metrics, and the built page."""
