"""The network is the one that was published: with COCO's weights it answers as the reference model does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from contract import VehicleClass
from edge.detection.runtime import open_interpreter
from models.training.network import STRIDES, Maps, Network, convolutions
from models.training.pretrained import coco_network, folded, simpang_network, unfold
from tests.support.data import DATA

REFERENCE = DATA / "models" / "yolox_nano_416_heads_float16.tflite"
SIDE = 416


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """torch's threads wait by spinning, which a busy machine pays for."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def coco() -> Network:
    return coco_network(DATA / "models" / "yolox_nano.onnx")


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    """(1, 3, 416, 416) a street, as a unit feeds it."""
    image = cv2.imread(str(next((DATA / "datasets/toll_km39/images").glob("noon*.jpg"))))
    canvas = np.full((SIDE, SIDE, 3), 114, np.uint8)
    canvas[:234] = cv2.resize(image, (SIDE, 234))
    return torch.from_numpy(canvas).permute(2, 0, 1)[None].float()


@torch.no_grad()
def answers(network: Network, picture: torch.Tensor) -> list[Maps]:
    maps: list[Maps] = network(picture)
    return maps


def test_it_answers_as_the_reference_does(coco: Network, picture: torch.Tensor) -> None:
    interpreter = open_interpreter(REFERENCE, 1)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture.permute(0, 2, 3, 1).numpy())
    interpreter.invoke()
    outputs = [interpreter.get_tensor(each["index"]) for each in interpreter.get_output_details()]
    reference = {output.shape: output for output in outputs}
    for maps in answers(coco, picture):
        for name, ours in zip(Maps._fields, maps, strict=True):
            seen = (ours if name == "reg" else ours.sigmoid()).permute(0, 2, 3, 1).numpy()
            # the reference holds its weights in fp16
            assert np.median(np.abs(seen - reference[seen.shape])) < (0.01 if name == "reg" else 1e-3)
            assert np.abs(seen - reference[seen.shape]).max() < (1.0 if name == "reg" else 0.1)


def test_our_classes_start_from_cocos(coco: Network, picture: torch.Tensor) -> None:
    rows = {VehicleClass.PERSON: 0, VehicleClass.CAR: 2, VehicleClass.ANGKOT: 2, VehicleClass.TRUCK: 7}
    for ours, theirs in zip(answers(simpang_network(coco), picture), answers(coco, picture), strict=True):
        assert ours.cls.shape[1] == len(VehicleClass)
        for kind, row in rows.items():
            assert torch.equal(ours.cls[:, list(VehicleClass).index(kind)], theirs.cls[:, row])


def test_giving_the_normalisations_back_changes_no_answer(coco: Network, picture: torch.Tensor) -> None:
    network = simpang_network(coco)
    before = answers(network, picture)
    unfold(network, [picture])
    for one, other in zip(before, answers(network, picture), strict=True):
        assert all(torch.allclose(a, b, atol=1e-3) for a, b in zip(one, other, strict=True))
    norms = [norm for _, norm in convolutions(network) if norm is not None]
    assert all(norm.running_mean is not None and norm.running_mean.abs().max() > 0 for norm in norms)


def test_folding_is_the_normalisation_itself(coco: Network) -> None:
    conv, norm = convolutions(simpang_network(coco))[5]
    assert norm is not None
    kernel, bias = folded(conv, norm)
    x = torch.rand(1, conv.in_channels, 8, 8)
    with torch.no_grad():
        expected = norm.eval()(conv(x))
        got = torch.nn.functional.conv2d(
            x, torch.from_numpy(kernel), torch.from_numpy(bias), conv.stride, conv.padding, groups=conv.groups
        )
    assert torch.allclose(expected, got, atol=1e-5)


@pytest.mark.parametrize("size", [(416, 416), (320, 576), (288, 512)])
def test_every_stride_covers_the_picture(size: tuple[int, int]) -> None:
    for stride, maps in zip(STRIDES, answers(Network(7).eval(), torch.zeros(1, 3, *size)), strict=True):
        assert maps.obj.shape[2:] == (size[0] // stride, size[1] // stride)
        assert [part.shape[1] for part in maps] == [4, 1, 7]
