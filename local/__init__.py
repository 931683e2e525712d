"""The local cloud: plays template.yaml on one machine, with real child processes and real HTTP.

    template, sam, intrinsics, resource_types   what the template says
    lambdas, programs, workers, destinations    functions: one child process for each worker
    events, patterns                            EventBridge's bus and its schedules
    web, http_api, proxy                        CloudFront, the page and the HTTP API
    aws, wire, s3…, sagemaker…, permissions     every AWS service behind one address
    faults                                      AWS's bad manners on request
    children                                    processes that never outlive the local cloud
    containers, processes, docker…              what runs in the place of SageMaker's containers
    cloud, control                              all of it together, and /_local/…
    __main__, beginning, client, drop, overview the command line

It knows no name in the template and nothing about reviews. What it doesn't play fails by name.
"""
