"""The reference decoders read every whole file of the catalogue right, and call none of the damaged ones whole."""

import pytest

from deploy.fuzz.encodings.catalogue import catalogue
from deploy.fuzz.encodings.encoding import DAMAGED, PIXELS, UNSUPPORTED, Encoding
from deploy.fuzz.references.by_format import REFERENCES
from deploy.fuzz.references.reading import Damage, Unread
from service.scoring.formats.signatures import kind_of


def fault(encoding: Encoding, kind: str) -> str:
    try:
        return encoding.fault(PIXELS, REFERENCES[kind](encoding.data).pixels)
    except Damage as damage:
        return "" if DAMAGED in encoding.expected else f"damage: {damage}"
    except Unread as unread:
        return "" if UNSUPPORTED in encoding.expected or "large" in encoding.expected else f"unread: {unread}"


@pytest.mark.parametrize("kind", REFERENCES)
def test_references_agree_with_the_catalogue(kind: str) -> None:
    files = {name: each for name, each in catalogue().items() if kind_of(each.data) == kind}
    assert {name: found for name, each in files.items() if (found := fault(each, kind))} == {}
