"""From a network's raw heads to boxes, in pixels of the network's input.

Heads are told apart by their shape, never by their order: converters number outputs as they please. Only the cells
whose score passes the threshold are decoded, since nearly all of a street's picture is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edge.detection.detections import Floats, Ints

Decoded = tuple[Floats, Floats, Ints]
"""Boxes (n, 4), scores (n,), index of the best class (n,)."""

Decoder = Callable[[Sequence[Floats], int, int, float], Decoded]
"""(outputs, input width, input height, threshold) -> Decoded."""

_NANODET_BINS = 8


def decode_yolox(outputs: Sequence[Floats], width: int, height: int, threshold: float) -> Decoded:
    """YOLOX: for each stride a map of offsets (4), objectness (1) and class scores; both scores are already sigmoid.

    A cell at column i, row j of stride s says its centre ((x + i) s, (y + j) s) and its size (e^w s, e^h s).
    """
    levels: dict[int, dict[int, Floats]] = {}
    for output in outputs:
        levels.setdefault(output.shape[1] * output.shape[2], {})[output.shape[3]] = output
    found = [cells for level in levels.values() if (cells := _hot_cells(level, width, height, threshold)) is not None]
    if not found:
        return np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64)
    offsets, cells, stride, scores = (np.concatenate(part) for part in zip(*found, strict=True))
    score = scores.max(axis=1, initial=0)
    sure = np.flatnonzero(score >= threshold)
    offsets, stride = offsets[sure], stride[sure]
    centre = (offsets[:, :2] + cells[sure]) * stride
    half = np.exp(np.minimum(offsets[:, 2:], 12)) * stride / 2
    return _joined([(np.hstack([centre - half, centre + half]), score[sure], scores[sure].argmax(axis=1))])


def _hot_cells(
    by_depth: dict[int, Floats], width: int, height: int, threshold: float
) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Offsets (n, 4), column and row (n, 2), stride (n, 2) and class scores (n, c) of one map's cells with an object.

    None where the map has none: a street's vehicles are of few sizes, and most maps are empty.

    The arithmetic on them is done once for all maps: in NumPy a call costs more than the few cells of a street.
    """
    objectness = by_depth[1].reshape(-1)
    hot = (objectness >= threshold).nonzero()[0]
    if not len(hot):
        return None
    classes = by_depth[max(by_depth)][0]
    rows, columns = classes.shape[:2]
    scores = classes.reshape(rows * columns, -1)[hot] * objectness[hot, None]
    cells = np.empty((len(hot), 2), np.float32)
    cells[:, 0], cells[:, 1] = hot % columns, hot // columns
    stride = np.empty_like(cells)
    stride[:] = width / columns, height / rows
    return by_depth[4].reshape(-1, 4)[hot], cells, stride, scores


def decode_nanodet(outputs: Sequence[Floats], width: int, height: int, threshold: float) -> Decoded:
    """NanoDet: for each stride class scores, and for each side of the box a distribution over 8 distances.

    A distance is the mean of its distribution, in strides, from the centre of the cell.
    """
    distributions = {output.shape[1]: output[0] for output in outputs if output.shape[2] == 4 * _NANODET_BINS}
    found = []
    for output in outputs:
        if output.shape[2] == 4 * _NANODET_BINS:
            continue
        classes = output[0]
        stride = float(np.sqrt(width * height / len(classes)))
        columns = round(width / stride)
        score = classes.max(axis=1)
        cells = np.flatnonzero(score >= threshold)
        bins = distributions[len(classes)][cells].reshape(-1, 4, _NANODET_BINS)
        weights = np.exp(bins - bins.max(axis=2, keepdims=True))
        distance = (weights / weights.sum(axis=2, keepdims=True)) @ np.arange(_NANODET_BINS, dtype=np.float32)
        centre = (np.stack([cells % columns, cells // columns], axis=1) + 0.5) * stride
        boxes = np.hstack([centre - distance[:, :2] * stride, centre + distance[:, 2:] * stride])
        found.append((boxes, score[cells], classes[cells].argmax(axis=1)))
    return _joined(found)


_OBJECTNESS, _CLASS = 0.6, 0.4
"""FastestDet weighs its two scores by these powers."""


def decode_fastestdet(outputs: Sequence[Floats], width: int, height: int, threshold: float) -> Decoded:
    """FastestDet: one map of objectness (1), box (4) and class scores; scores are already sigmoid and softmax.

    A cell at column i, row j says its centre (i + tanh x, j + tanh y) in cells and its size (sigmoid w, sigmoid h) in
    inputs.
    """
    by_depth = {output.shape[3]: output[0] for output in outputs}
    classes = by_depth[max(by_depth)]
    rows, columns = classes.shape[:2]
    kinds = classes.reshape(rows * columns, -1)
    score = by_depth[1].reshape(-1) ** _OBJECTNESS * kinds.max(axis=1) ** _CLASS
    cells = np.flatnonzero(score >= threshold)
    offsets = by_depth[4].reshape(-1, 4)[cells]
    size = np.array([width, height], np.float32)
    place = np.stack([cells % columns, cells // columns], axis=1) + np.tanh(offsets[:, :2])
    centre = place / np.array([columns, rows], np.float32) * size
    half = size / (1 + np.exp(-offsets[:, 2:])) / 2
    return _joined([(np.hstack([centre - half, centre + half]), score[cells], kinds[cells].argmax(axis=1))])


def decode_ssd(outputs: Sequence[Floats], width: int, height: int, threshold: float) -> Decoded:
    """TFLite_Detection_PostProcess: boxes (1, n, 4) top, left, bottom, right in 0..1, classes, scores, and how many.

    Classes and scores have one shape, and converters change their order: classes are the whole numbers.
    """
    boxes = next(output[0] for output in outputs if output.ndim == 3)
    first, second = (output[0] for output in outputs if output.ndim == 2)
    classes, scores = (first, second) if np.array_equal(first, np.rint(first)) else (second, first)
    number = int(next(output for output in outputs if output.ndim == 1)[0])
    sure = np.flatnonzero(scores[:number] >= threshold)
    corners = boxes[sure][:, [1, 0, 3, 2]] * np.array([width, height, width, height], np.float32)
    return _joined([(corners, scores[sure], classes[sure])])


def _joined(found: Sequence[tuple[Floats, Floats, Ints]]) -> Decoded:
    boxes, scores, classes = (np.concatenate(part) for part in zip(*found, strict=True))
    return boxes.astype(np.float32), scores.astype(np.float32), classes.astype(np.int64)


DECODERS: dict[str, Decoder] = {
    "yolox": decode_yolox,
    "nanodet": decode_nanodet,
    "fastestdet": decode_fastestdet,
    "ssd": decode_ssd,
}
"""By the name in the registry."""
