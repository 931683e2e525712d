"""What can go wrong that somebody can mend, in one tree: each has a sentence for whom it concerns.

    SentimentError
    ├── DatasetError     dataset/files.py      the owner of a dataset: it can't be trained on
    ├── SettingsError    settings.py           who starts a job: a flag or folder it can't work with
    ├── ModelError       model_folder.py       who deploys: a folder holds no model that can be used
    ├── BaseError        model/base.py         a folder holds no weights to start from
    ├── WeightsError     model/weights.py      a file is no graph of ours
    └── UnsuitableError  learning/initial.py   a start that doesn't serve this dataset

The last three are caught on the way: a training then starts from something else, and tells why.
Every other exception is a bug, or the machine's fault.
"""


class SentimentError(Exception):
    """The root of the tree; whoever raises one chooses a class below it."""
