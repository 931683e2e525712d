"""The parts of training/experiment.py: an ML engineer's way to train, tune and try models."""
