"""What SageMaker runs: images, and containers with a folder for /opt/ml.

Two engines can start them: `processes` as child processes, which needs nothing and isolates
nothing, and `docker` in Docker. `engine` says what both have in common.
"""
