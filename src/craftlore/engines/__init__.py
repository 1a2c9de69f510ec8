"""The one seam to a language model, and the weights behind it."""
