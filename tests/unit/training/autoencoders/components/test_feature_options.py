import pytest
from pydantic import ValidationError

from training.autoencoders.components.feature_options import FeatureOptions


def test_the_stages_are_those_of_the_maps() -> None:
    options = FeatureOptions(maps=("place5", "anywhere3", "anywhere5"))
    assert options.stages == (3, 5)
    assert options.stages_and_kinds() == [(5, "place"), (3, "anywhere"), (5, "anywhere")]


@pytest.mark.parametrize(
    ("earlier", "maps"),
    [
        ({"places": [0.0, 30.0], "stages": [2, 3]}, ("anywhere2", "place2", "anywhere3", "place3")),
        ({"places": [0.0], "stages": [2, 3]}, ("anywhere2", "anywhere3")),
        ({"places": [30.0], "stages": [4]}, ("place4",)),
        ({"places": "0+30", "stages": "4"}, ("anywhere4", "place4")),
        ({"stages": [6]}, ("anywhere6", "place6")),
        ({"places": [0.0]}, tuple(f"anywhere{stage}" for stage in range(2, 8))),
    ],
)
def test_options_of_a_bundle_of_an_earlier_release_are_read(earlier: dict[str, object], maps: tuple[str, ...]) -> None:
    found = FeatureOptions.model_validate(earlier | {"weighted": True})
    assert (found.maps, found.even) == (maps, "auto")


def test_what_is_given_last_counts() -> None:
    of_champion = {"stages": [2, 3], "places": [0.0]}
    assert FeatureOptions.model_validate(of_champion | {"maps": "place4"}).maps == ("place4",)
    assert FeatureOptions.model_validate({"maps": "place4"} | of_champion).maps == ("anywhere2", "anywhere3")


def test_maps_that_were_not_weighted_are_all_alike() -> None:
    assert FeatureOptions.model_validate({"weighted": False}).even == 1.0


@pytest.mark.parametrize(("given", "even"), [("auto", "auto"), (0.5, 0.5), ("0.5", 0.5), (0, 0.0), ("1", 1.0)])
def test_the_share_that_is_alike_is_chosen_or_given(given: object, even: object) -> None:
    assert FeatureOptions.model_validate({"even": given}).even == even
    assert FeatureOptions.model_validate({}).even == "auto"


@pytest.mark.parametrize("given", ["much", "", -0.1, 1.5, "nan", None, [0.5]])
def test_another_share_is_refused(given: object) -> None:
    with pytest.raises(ValidationError, match="expected auto, or a share from 0 to 1"):
        FeatureOptions.model_validate({"even": given})


def test_a_retrain_keeps_the_share_that_its_champion_was_fitted_with() -> None:
    for even in (0.5, "auto"):
        champion = FeatureOptions.model_validate({"even": even}).model_dump(mode="json")
        assert FeatureOptions.model_validate(champion).even == even
