"""Craftlore: classroom projects rooted in the real arts and traditions of the world, from a small local model."""

__version__ = "0.1.0"
