"""SageMaker, the one service that no emulator plays: control plane and runtime.

`api` answers calls, which `wire` reads and holds against AWS's own description; `store` keeps what
there is: the `registry`'s packages, `models`, `endpoints`, which `serving` runs, and `training`
jobs (`job_rules`, `artifacts`, `job_output`), which `tuning` starts by its `tuning_plan`. What all
share is the `platform`; what runs, `local/containers` starts.
"""
