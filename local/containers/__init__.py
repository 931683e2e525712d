"""What SageMaker runs: images, and containers as child `processes` or in `docker`."""
