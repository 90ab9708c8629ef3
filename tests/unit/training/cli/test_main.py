import pytest

from tests.support.command_line import refusal


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fit", "/nowhere", "--stream", "a"], "found no folder at /nowhere"),
        (["fit", "."], "expected --stream, found none"),
        (
            ["fit", ".", "--stream", "a", "--options", "latent"],
            "expected options as --options name=value",
        ),
        (
            ["fit", ".", "--stream", "a", "--store", __file__],
            f"expected to write bundles into {__file__}/a",
        ),
        (["fit", ".", "--stream", "a/b"], "expected a stream name"),
        (["fit", ".", "--stream", "a", "--autoencoder", "comv"], "expected --autoencoder to be one of"),
        (["fit", ".", "--stream", "a", "--image-size", "100"], "the nearest is 96"),
        (["fit", ".", "--stream", "a", "--false-alarm-rate", "1"], "false-alarm-rate: input should be less than 1"),
        (
            ["fit", ".", "--stream", "a", "--review-rate", "0.01"],
            "expected a review rate above the false-alarm rate 0.01",
        ),
        (["fit", ".", "--stream", "a", "--epochs", "many"], "epochs: input should be a valid integer"),
        (["rollback", "a", "--store", "/nowhere"], "found no stream at all"),
        (["evaluate", ".", "--stream", "a", "--store", "/nowhere"], "expected stream 'a' to have a champion"),
    ],
)
def test_a_mistake_ends_with_one_sentence_and_status_2(
    arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refusal(arguments, monkeypatch, capsys)
