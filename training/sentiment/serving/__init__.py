"""A model folder answers. No torch, and nothing of how it was made."""
