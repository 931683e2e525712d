"""How to learn: what the settings, the size of the data and the start make of it."""

import pytest
import torch

from sentiment.learning.plan import Plan, plan_for, uses_bfloat16
from sentiment.settings import SettingsError, settings
from sentiment.vocabulary import Vocabulary

VOCABULARY = Vocabulary(["good", ".", "bad", "!"])


def plan(rows: int, *flags: str, epochs: float = 2, is_fine_tuning: bool = True) -> Plan:
    chosen = settings(["--minimum-steps", "100", "--batch", "64", *flags], {})
    return plan_for(chosen, epochs, VOCABULARY, rows, 7, is_fine_tuning=is_fine_tuning)


def test_few_reviews_make_small_batches_and_steps_enough():
    small = plan(200)

    assert (small.batch, plan(380).batch) == (10, 19)
    assert small.epochs * 20 >= 100
    assert plan(20_000).batch == 64
    assert plan(20_000).epochs == 2
    assert plan(20_000, epochs=0.5).epochs == 0.5
    assert plan(200, epochs=0.5).epochs == 5
    assert plan(20).batch == 8
    assert plan(2_560, epochs=2.5).epochs == 2.5  # a hundred steps


def test_what_has_learnt_before_moves_slowly_but_for_its_last_layer():
    tuned, new = plan(1_000), plan(1_000, is_fine_tuning=False)

    assert tuned.embedding_rate < 1 < tuned.head_rate
    assert (new.embedding_rate, new.head_rate) == (1, 1)
    assert (tuned.learning_rate, new.learning_rate) == (0.001, 0.002)
    assert plan(1_000, "--learning-rate", "0.01").learning_rate == 0.01


def test_many_epochs_need_more_patience():
    assert plan(20_000, "--patience", "2").patience == 2
    assert plan(20_000, "--patience", "2", epochs=11.9).patience == 2
    assert plan(20_000, "--patience", "2", epochs=12).patience == 3


def test_sentences_end_at_the_words_that_the_vocabulary_has_for_it():
    assert plan(1_000).sentence_ends == (3, 5)


def test_16_bits_are_used_as_wished_or_where_the_processor_has_them():
    capable = torch.cpu.get_capabilities()

    assert uses_bfloat16("bfloat16", "cpu")
    assert not uses_bfloat16("float32", "cpu")
    expected = bool(capable.get("avx512_bf16") or capable.get("amx_bf16"))
    assert uses_bfloat16("auto", "cpu") == expected


def test_a_gpu_is_used_where_there_is_one_or_as_wished():
    assert plan(1_000, "--device", "cpu").device == "cpu"
    if torch.cuda.is_available():
        assert plan(1_000).device == plan(1_000, "--device", "cuda").device == "cuda"
    else:
        assert plan(1_000).device == "cpu"
        with pytest.raises(SettingsError, match="no GPU to learn on: choose --device cpu"):
            plan(1_000, "--device", "cuda")


@pytest.mark.parametrize("share", [0, 0.5])
def test_lessons_are_as_many_as_told(share: float):
    assert plan(1_000, "--lessons", str(share)).lesson_share == share
    assert plan(1_000).lessons == 7
