"""The rights of deploy/kafka/kafka-acls.sh on a broker of a test, whole or without one of them."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager

from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourcePattern, ResourceType

from deploy.devtools.paths import REPOSITORY
from tests.support.broker import Topics
from tests.support.parts_service import group_of

SCRIPT = REPOSITORY / "deploy" / "kafka" / "kafka-acls.sh"
KINDS = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP, "transactional-id": ResourceType.TRANSACTIONAL_ID}


def rights(topics: Topics, group: str, user: str) -> list[ACL]:
    """The rights of one user that the script gives, each as a rule."""
    names = {
        "IMAGES": topics.images,
        "VERDICTS": topics.verdicts,
        "DEAD_LETTER": topics.dead_letter,
        "REVIEWS": topics.reviews,
        "PARTS": topics.parts,
        "GROUP": group,
        "PARTS_GROUP": group_of(topics),
    }
    printed = subprocess.run([SCRIPT], env={**os.environ, **names}, capture_output=True, text=True, check=True).stdout
    commands = [shlex.split(line) for line in printed.splitlines()]
    return [_rule(command) for command in commands if f"User:{user}" in command]


def _rule(command: list[str]) -> ACL:
    options = dict(zip(command[1::2], command[2::2], strict=True))
    (kind,) = (kind for kind in KINDS if f"--{kind}" in options)
    prefixed = options.get("--resource-pattern-type") == "prefixed"
    pattern = ACLResourcePatternType.PREFIXED if prefixed else ACLResourcePatternType.LITERAL
    return ACL(
        options["--allow-principal"],
        "*",
        ACLOperation[options["--operation"].upper()],
        ACLPermissionType.ALLOW,
        ResourcePattern(KINDS[kind], options[f"--{kind}"], pattern),
    )


@contextmanager
def granted(administrators: str, rules: list[ACL]) -> Iterator[None]:
    """Give rights for as long as the context lasts."""
    with closing(KafkaAdminClient(bootstrap_servers=administrators)) as admin:
        assert admin.create_acls(rules)["failed"] == []
        try:
            yield
        finally:
            admin.delete_acls(rules)
