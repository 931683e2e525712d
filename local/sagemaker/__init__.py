"""SageMaker, the one service that no emulator plays: control plane and runtime.

`api` answers calls, which `wire` reads and holds against AWS's own description; `store` keeps what
there is: `registry`; `endpoints`, which `serving` runs; `training` with its jobs'
`artifacts`; `tuning` by its `tuning_plan`. What runs, `local/containers` starts.
"""
