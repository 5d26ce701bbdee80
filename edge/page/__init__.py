"""The unit's own page, for the telephone of whoever stands below the mast: see, aim, draw, try, save, check."""

from edge.page.answers import Answers
from edge.page.lookout import Lookout
from edge.page.pin import read_pin
from edge.page.seats import RecordingSeat, StreetSeat
from edge.page.server import Page
from edge.page.standing import Host, Standing

__all__ = ["Answers", "Host", "Lookout", "Page", "RecordingSeat", "Standing", "StreetSeat", "read_pin"]
