"""The local cloud: template.yaml deployed on one machine, with real child processes and real HTTP.

    cloud         all of it together           emulator   MiniStack, which plays AWS; it begins
    server        werkzeug's, on our ports                in begin_emulator
    deployment    the stack                    templates  what the emulator can't take of one
    front, calls  the AWS port                 identity   who calls, and what they may do
    events        SageMaker's, and schedules   page       the page's address
    metrics       for alarms                   faults     AWS's bad manners on request
    sagemaker/    the one service that is ours, and containers/ that it runs
    cli/          the commands; control is what they talk to

What isn't here is the emulator's own: HTTP requests as Lambda events, functions' processes, how a
policy is evaluated. It knows no name in the template and nothing about reviews. What it doesn't
play fails by name.
"""


class LocalError(Exception):
    """Something can't be done; the message says why, or what to change."""
