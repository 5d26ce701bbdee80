"""Dead letters tried again: what the contract takes today is written and forgotten, the rest stays with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from collector.ingest.batch import keep
from collector.ingest.decoding import read
from collector.store.store import Store
from collector.store.writing import Received, StoreError


def replay(store: Store, ids: Sequence[str] = (), *, site: str) -> tuple[int, int]:
    """Replay those whose digest begins with one of `ids`, or all; returns (taken, still refused).

    As in the stream, only units of `site` are heard.
    """
    chosen = [kept for kept in store.reader.letters() if not ids or kept.digest.startswith(tuple(ids))]
    if ids and not chosen:
        raise StoreError(f"no dead letter begins with {', '.join(ids)}; see `simpang collector deadletters list`")
    taken = 0
    for kept in chosen:
        letter = kept.letter
        read_again = read(letter.topic, letter.payload, letter.arrived, retained=True, site=site)
        if isinstance(read_again, Received):
            before = store.reader.tally("letters_taken")
            keep(store, [read_again], [])
            if store.reader.tally("letters_taken") == before:
                store.forget_letters([kept.digest])
                taken += 1
    return taken, len(chosen) - taken
