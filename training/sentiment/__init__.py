"""Reviews and their sentiment, from a dropped file to a model that answers.

`pipeline` is the table of contents. `text` is the tokenizer, the same for training and answering;
`vocabulary` gives words their numbers, `windows` cuts long reviews, and `model_folder` says what is
in a model's folder.
"""
