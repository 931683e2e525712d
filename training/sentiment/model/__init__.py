"""The networks, and the files that they are kept in."""
