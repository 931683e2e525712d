"""Language models learn from reviews without labels: the base that trainings start from."""
