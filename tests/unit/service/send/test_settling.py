"""Since when a file is as it is."""

from service.send.settling import Settling
from tests.support.found_files import imagined


def test_a_file_settles_from_the_first_look_at_which_it_was_as_it_is() -> None:
    now = [0.0]
    settling = Settling(lambda: now[0])
    grows, stays = imagined("grows.png", size=1), imagined("stays.png")
    settling.see([grows, stays])
    now[0] = 2.0
    grown = imagined("grows.png", size=2)
    settling.see([grown, stays])
    now[0] = 3.0
    assert (settling.seconds(grown), settling.seconds(stays)) == (1.0, 3.0)
    assert settling.seconds(grows) == 0.0  # no longer so


def test_a_file_that_was_away_settles_anew() -> None:
    now = [0.0]
    settling = Settling(lambda: now[0])
    settling.see([imagined("a.png")])
    settling.see([])
    now[0] = 5.0
    settling.see([imagined("a.png")])
    assert settling.seconds(imagined("a.png")) == 0.0
