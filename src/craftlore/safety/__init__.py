"""A floor of safety: what a class may handle at each grade, and which requests get no project.

Covers hazards of things and processes by grade, plainly harmful or off-topic requests, distress, and study-only articles.
Does not yet cover free-text personal data, encodings, planted instructions or languages other than English.
"""
