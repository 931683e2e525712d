"""May it go live? Examined on reviews it hasn't seen, beside a baseline and the live model."""
