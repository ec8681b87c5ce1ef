"""The tables of `deskwatch.toml`, a file for each part; with model.py, all keys there are."""
