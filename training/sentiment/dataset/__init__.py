"""A dropped file becomes rows with labels, the parts of them, and an account of what was found.

`opened` makes records of it. `sample` looks at the first of them; `columns` has names, `choosing`
and `choosing_labels` say which columns are meant, `texts` whether anything can be learnt from them.
`values` spells labels, `label_words` and `scales` have meanings, `labels` and `labelling` tell
them. `lexicon` makes words numbers, in several processes. `finding` tells which rows are learnt
from (`found`) and which are not (`rejected`), `account` says so to the uploader, who may have
`said` more; `peek` is the first look, in Lambda. `rows` lie on disk, `split` parts them, `encoded`
has them as a model's ids.
"""
