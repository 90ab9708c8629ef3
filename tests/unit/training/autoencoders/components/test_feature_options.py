import pytest

from training.autoencoders.components.feature_options import FeatureOptions, Kind


@pytest.mark.parametrize(
    ("places", "kinds"),
    [
        ([0.0, 30.0], ("anywhere", "place")),
        ([0.0], ("anywhere",)),
        ([30.0], ("place",)),
        ("0+30", ("anywhere", "place")),
    ],
)
def test_options_of_a_bundle_of_an_earlier_release_are_read(places: object, kinds: tuple[Kind, ...]) -> None:
    found = FeatureOptions.model_validate({"places": places, "weighted": True, "stages": [2, 3]})
    assert (found.kinds, found.even, found.stages) == (kinds, 0.5, (2, 3))
    assert FeatureOptions.model_validate({"weighted": False}).even == 1.0
