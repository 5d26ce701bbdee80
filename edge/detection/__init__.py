"""From a picture to boxes of road users."""

from edge.detection.detections import Detections
from edge.detection.detector import Detector, open_detector
from edge.detection.runtime import Delegate, DelegateError

__all__ = ["Delegate", "DelegateError", "Detections", "Detector", "open_detector"]
