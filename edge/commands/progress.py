"""How far a long work is: a bar on a terminal, a line for each tenth where the output is a file or a service's log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_STEPS = 10


@contextmanager
def progress(name: str, console: Console) -> Iterator[Callable[[int, int], None]]:
    """Tell how far the work on `name` is: call what this yields with (pictures done, pictures promised)."""
    if not console.is_terminal:
        yield _by_lines(name, console)
        return
    with Progress(TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task(name)
        yield lambda done, promised: bar.update(task, completed=done, total=promised)


def _by_lines(name: str, console: Console) -> Callable[[int, int], None]:
    told = 0

    def tell(done: int, promised: int) -> None:
        nonlocal told
        step = done * _STEPS // max(promised, 1)
        if step > told:
            told = step
            console.print(f"{name}: {done} of {promised} pictures", highlight=False, soft_wrap=True)

    return tell
