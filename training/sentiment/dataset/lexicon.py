"""Many reviews become words as numbers, in further processes where there are enough of them.

A process numbers the words that it meets by itself, so that each word is sent on once and a review
as a few hundred numbers. What comes out doesn't depend on the number of processes.
"""

import multiprocessing
import os
import signal
import threading
from array import array
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import NamedTuple, TypeVar

from sentiment.text import PUNCTUATION, fingerprint, read_words

READ_ALONE = 4_000_000  # characters: a process takes as long to start as these take to be read
BATCH_REVIEWS, BATCH_CHARACTERS = 200, 250_000
BATCHES_AHEAD = 3  # of each process: one that it reads and more that wait

T = TypeVar("T")
Batch = list[tuple[T, str]]


class Review(NamedTuple):
    """A review as read; one without any word but punctuation has no numbers."""

    text: str
    numbers: "array[int]"
    fingerprint: int


class Lexicon(dict[str, int]):
    """Numbers of words, in the order in which they come up."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self.words)
        self.words.append(word)
        return number

    def read(self, review: str) -> Review:
        """Take a review apart and number its words."""
        text, words = read_words(review)
        numbers = array("I")
        if not PUNCTUATION.issuperset(words):
            numbers.extend(map(self.__getitem__, words))
        return Review(text, numbers, fingerprint(words))


def numbered(
    source: Iterator[tuple[T, str]], lexicon: Lexicon, processes: int
) -> Generator[tuple[T, Review], None, None]:
    """Read the reviews of (something, review) pairs in their order, the first of them here."""
    read = 0
    batches = _batches(source)
    for batch in batches:
        yield from ((what, lexicon.read(review)) for what, review in batch)
        read += sum(len(review) for _, review in batch)
        if processes > 1 and read >= READ_ALONE:
            break
    yield from _read_by_workers(batches, lexicon, processes)


def _batches(source: Iterator[tuple[T, str]]) -> Iterator[Batch[T]]:
    batch: Batch[T] = []
    characters = 0
    for what, review in source:
        batch.append((what, review))
        characters += len(review)
        if len(batch) == BATCH_REVIEWS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


# --- Further processes ------------------------------------------------------------------------


def _read_by_workers(
    batches: Iterator[Batch[T]], lexicon: Lexicon, processes: int
) -> Iterator[tuple[T, Review]]:
    """Deal the batches out in turn, and take them back in the same order."""
    workers: list[_Worker] = []
    dealt: deque[tuple[_Worker, Batch[T]]] = deque()
    try:
        for turn, batch in enumerate(batches):
            if len(workers) < processes:
                workers.append(_Worker())
            workers[turn % processes].give([review for _, review in batch])
            dealt.append((workers[turn % processes], batch))
            if len(dealt) == BATCHES_AHEAD * processes:
                yield from _taken(*dealt.popleft(), lexicon)
        while dealt:
            yield from _taken(*dealt.popleft(), lexicon)
    finally:
        for worker in workers:
            worker.end()


def _taken(worker: "_Worker", batch: Batch[T], lexicon: Lexicon) -> Iterator[tuple[T, Review]]:
    reviews = worker.take(lexicon)
    return ((what, review) for (what, _), review in zip(batch, reviews, strict=True))


class _Worker:
    """A process that reads: its end of the pipe, and its numbers of words in ours."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_read_what_comes, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._ours = array("I")

    def give(self, reviews: list[str]) -> None:
        """Send reviews without waiting until they are read."""
        try:
            self._pipe.send(reviews)
        except OSError as error:
            raise self._lost() from error

    def take(self, lexicon: Lexicon) -> list[Review]:
        """Wait for the reviews that were sent first."""
        try:
            words, reviews = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._lost() from error
        self._ours.extend(map(lexicon.__getitem__, words))
        number = self._ours.__getitem__
        return [
            Review(text, array("I", map(number, numbers)), key) for text, numbers, key in reviews
        ]

    def _lost(self) -> ChildProcessError:
        self._process.join(1)
        return ChildProcessError(
            f"a process that reads reviews has ended with code {self._process.exitcode};"
            " where memory is short, give it more"
        )

    def end(self) -> None:
        """Leave nothing of it behind."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


def _read_what_comes(pipe: Connection) -> None:
    """The whole life of a further process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent ends us
    given: SimpleQueue[list[str]] = SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, given), daemon=True).start()
    lexicon, told = Lexicon(), 0
    with suppress(BrokenPipeError):
        while True:
            reviews = [tuple(lexicon.read(review)) for review in given.get()]
            pipe.send((lexicon.words[told:], reviews))
            told = len(lexicon.words)
    os._exit(1)  # nobody is there any more


def _receive(pipe: Connection, given: "SimpleQueue[list[str]]") -> None:
    """Take what comes at once, so that the parent never waits to send; end when the parent does."""
    with suppress(EOFError, OSError):
        while True:
            given.put(pipe.recv())
    os._exit(1)
