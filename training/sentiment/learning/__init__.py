"""How both parts of the model learn."""
