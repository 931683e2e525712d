"""The commands of `python -m local`: drop a dataset, tell what runs, prepare `sam local`."""
