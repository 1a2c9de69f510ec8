"""Policy as data, and the gates that use it: what a request may ask for, what a class may handle, what an idea may say.

`docs/safety.md` tells rule by rule what is covered and what is not; `rules.toml` is where that stands. English first; other languages
in part. Two layers of encoding and data told of a pupil in a roundabout way get past it.
"""
