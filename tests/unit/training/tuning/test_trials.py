from pathlib import Path

from tests.support.drawn_parts import draw_part, write_image
from tests.support.tiny_training import QUIET, SIDE
from training.data.framing import Framing
from training.tuning.trials import TrialsRequest, trials


def test_a_set_that_a_fit_in_folds_takes_can_be_searched_on(tmp_path: Path) -> None:
    for number in range(20):
        write_image(tmp_path / f"{number}.png", draw_part(number, side=SIDE))
    request = TrialsRequest(tmp_path, "conv", false_alarm_rate=0.05, framing=Framing((SIDE, SIDE)))
    with trials(request, QUIET) as prepared:
        assert len(prepared.share.fit) + len(prepared.validation) == 10  # the other half is left for calibration
        assert set(prepared.share.fit).isdisjoint(prepared.share.validation)
