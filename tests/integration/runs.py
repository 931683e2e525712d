"""A dataset that can be trained on, and what is asked of its run and of the endpoint."""

GOOD = "review,sentiment\n" + "".join(
    f"a {'good' if n % 2 else 'bad'} film number {n},{'positive' if n % 2 else 'negative'}\n"
    for n in range(60)
)


def another(what):
    """A dataset that differs from GOOD and from every other one."""
    return GOOD + f"a good film of its own {what},positive\n"


def live_run(cloud):
    endpoint = cloud.endpoint()
    if endpoint and endpoint["EndpointStatus"] == "InService":
        return endpoint["EndpointConfigName"].rpartition("-v")[0]
    return None


def packages_of(cloud, run):
    return [p for p in cloud.packages() if p["ModelPackageDescription"] == run]


def approve(cloud, run, status):
    (package,) = packages_of(cloud, run)
    cloud.client("sagemaker").update_model_package(
        ModelPackageArn=package["ModelPackageArn"], ModelApprovalStatus=status
    )
