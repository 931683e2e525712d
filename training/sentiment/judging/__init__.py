"""May it go live? Examined on reviews it hasn't seen, beside a baseline and the live model.

`examine` gathers the evidence by `statistics`, `baseline`, `champion` and `behaviour`; `judge`
decides, `report` is the page.
"""
