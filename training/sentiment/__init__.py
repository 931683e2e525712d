"""Reviews and their sentiment, from a dropped file to a model that answers."""
