"""Reported: a score comes out NaN, is below every threshold, and the part passes.

https://github.com/numenta/nupic-legacy/issues/885
"""

from service.scoring.bundle import GRAPH
from tests.support.bundles import brightness_graph, part, png
from tests.support.scoring_files import ScoreFiles


def test_a_score_that_is_no_number_is_never_a_pass(score_files: ScoreFiles) -> None:
    blinded = brightness_graph(3, 1.0, blinded_above=0.6)
    answers = score_files({"good.png": png(part(51)), "bright.png": png(part(51, 204))}, more={GRAPH: blinded})
    assert answers["good.png"]["decision"] == "pass"
    assert answers["bright.png"]["reason"] == "unscorable"
