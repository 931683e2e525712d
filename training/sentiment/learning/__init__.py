"""How both parts of the model learn.

`fitting` calls the rest: `initial` is what is started from, `plan` how to learn, `learner` the LSTM
part, step by step on `batches`, in `parallel`, with `checkpoint`s; `linear` and `mixture` the other
part and the weight of each. `lessons` are sentences that teach, `groups` what peers say of a review
without a label, `logits` what a network makes of reviews when it learns nothing.
"""
