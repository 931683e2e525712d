"""How to learn: what the settings, the size of the data and the start make of it."""

from dataclasses import dataclass

import torch

from sentiment.settings import Settings, SettingsError
from sentiment.vocabulary import Vocabulary

SMALLEST_BATCH, SMALL_DATA_STEPS = 8, 20
SENTENCE_ENDS = (".", "...", "!", "!!", "?", "??", "?!")
SCRATCH_RATE, FINE_TUNING_RATE = 0.002, 0.001


@dataclass(frozen=True)
class Plan:
    """How to learn; with the data and the seed it determines the result."""

    epochs: float  # 1.5: one, and then half of another
    batch: int
    learning_rate: float  # of the LSTM, at its highest
    embedding_rate: float  # times that, of the embedding
    head_rate: float  # times that, of the head
    maximum_words: int  # a longer review is learnt from by random windows of this size
    longest: int  # words of a window when nothing is learnt
    word_dropout: float
    sentences: bool  # each review once more, by a sentence of it
    sentence_ends: tuple[int, ...]  # ids of the words that end one
    lessons: int  # so many at the end of the training part are sentences that teach
    lesson_share: float  # steps that learn from them, for each other step
    smoothing: float  # occurrences added to each word's before it is seen what it leans to
    patience: int  # epochs without a better validation loss before it stops
    checkpoint_steps: int
    device: str  # cpu or cuda
    bfloat16: bool  # 16-bit products: twice as fast where the processor has them
    seed: int


def plan_for(
    settings: Settings,
    epochs: float,
    vocabulary: Vocabulary,
    rows: int,
    lessons: int,
    *,
    is_fine_tuning: bool,
) -> Plan:
    """Few reviews make smaller batches and more epochs, so that there are steps enough."""
    batch = min(settings.batch, max(SMALLEST_BATCH, rows // SMALL_DATA_STEPS))
    steps = -(-rows // batch)
    if epochs * steps < settings.minimum_steps:
        epochs = -(-settings.minimum_steps // steps)
    ends = vocabulary.encode([word for word in SENTENCE_ENDS if word in vocabulary])
    usual_rate = FINE_TUNING_RATE if is_fine_tuning else SCRATCH_RATE
    return Plan(
        epochs=epochs,
        batch=batch,
        learning_rate=settings.learning_rate or usual_rate,
        embedding_rate=settings.embedding_rate if is_fine_tuning else 1.0,
        head_rate=settings.head_rate if is_fine_tuning else 1.0,
        maximum_words=settings.maximum_words,
        longest=settings.longest,
        word_dropout=settings.word_dropout,
        sentences=bool(settings.sentences),
        sentence_ends=tuple(ends.tolist()),
        lessons=lessons,
        lesson_share=settings.lessons,
        smoothing=settings.smoothing,
        patience=max(settings.patience, int(epochs) // 4),
        checkpoint_steps=settings.checkpoint_steps,
        device=device_of(settings),
        bfloat16=uses_bfloat16(settings.precision, device_of(settings)),
        seed=settings.seed,
    )


def device_of(settings: Settings) -> str:
    """Where the network learns: as wished, or on a GPU if there is one."""
    there = "cuda" if torch.cuda.is_available() else "cpu"
    if (settings.device, there) == ("cuda", "cpu"):
        raise SettingsError("There is no GPU to learn on: choose --device cpu, or auto.")
    return there if settings.device == "auto" else settings.device


def uses_bfloat16(wish: str, device: str) -> bool:
    """16-bit products: as wished, or where the processor multiplies them itself."""
    if wish == "auto":
        if device == "cuda":
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
        capable = torch.cpu.get_capabilities()
        return bool(capable.get("avx512_bf16") or capable.get("amx_bf16"))
    return wish == "bfloat16"
