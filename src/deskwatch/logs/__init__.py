"""The embedded log store: files are followed, made entries without secrets, kept and searched."""
