import time

time.sleep(3)


def handler(event, context):
    return "at last"
