"""The configuration as each part of deskwatch is told of it: a file for each part."""
