"""A dropped file becomes rows with labels, the parts of them, and an account of what was found.

`files` makes lines of it and `records` values by column; `columns` and `labels` say which are meant
and what they mean. `lexicon` makes words numbers, in several processes. `findings` tells which rows
are learnt from, `account` says so to the uploader; `peek` is the first look at it, in Lambda.
`rows` lie on disk, `split` parts them, `encoded` has them as a model's ids.
"""
