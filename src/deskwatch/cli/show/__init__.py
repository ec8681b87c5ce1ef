"""A file for each kind of answer of a running engine: asked for, and shown in a terminal."""
