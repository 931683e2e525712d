"""What start_training and deploy_endpoint both know of a run: the functions' second layer.

A function's own modules know what only it knows: start_training the datasets and their trainings,
deploy_endpoint the packages and the endpoint.
"""
