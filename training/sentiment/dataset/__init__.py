"""A dropped file becomes rows with labels, the parts of them, and an account of what was found."""
