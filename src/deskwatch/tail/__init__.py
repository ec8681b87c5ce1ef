"""Files that grow: which bytes come next, through renames, truncation and restarts."""
