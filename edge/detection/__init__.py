"""From a picture to boxes of road users."""

from edge.detection.detections import Detections
from edge.detection.detector import Detector, open_detector

__all__ = ["Detections", "Detector", "open_detector"]
