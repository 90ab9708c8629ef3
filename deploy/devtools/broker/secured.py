"""A Kafka broker with TLS, SASL and access control: one listener for each way to connect."""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

from deploy.devtools.broker.certificates import Certificates, make_certificates
from deploy.devtools.broker.install import KafkaInstallation
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.errors import BrokerError
from deploy.devtools.ports import free_port

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
_JAAS = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class SecuredBroker:
    """Where each listener is, as `host:port`, and what opens it."""

    administrators: str
    """Without security; who comes here may do everything."""
    tls: str
    """TLS, whoever connects."""
    mutual: str
    """TLS, with a certificate of the client, whose common name is the user's name."""
    elsewhere: str
    """TLS, with the certificate of a broker of another name."""
    login: str
    """TLS and SASL with any of MECHANISMS."""
    login_in_clear: str
    """SASL PLAIN without TLS."""
    certificates: Certificates
    passwords: Mapping[str, str]
    """User -> password, of PLAIN and SCRAM."""


@contextmanager
def running_secured_broker(
    installation: KafkaInstallation, folder: Path, passwords: Mapping[str, str]
) -> Iterator[SecuredBroker]:
    """A broker that denies what no access rule allows, for as long as the context lasts.

    Args:
        installation: of Kafka.
        folder: for data, certificates and log; it must exist.
        passwords: the users.

    Raises:
        BrokerError: if it does not start.
    """
    certificates = make_certificates(folder)
    ports = {name: free_port() for name in ("broker", "tls", "mutual", "elsewhere", "login", "clear", "controller")}
    settings = _listeners(ports) | _tls(certificates) | _sasl(passwords) | _access()
    with LocalKafka(installation, folder / "kafka", ports["broker"], cluster_id="", **settings) as kafka:
        _create_scram_users(kafka.bootstrap_servers, passwords)
        at = {name: f"localhost:{port}" for name, port in ports.items()}
        yield SecuredBroker(
            administrators=at["broker"],
            tls=at["tls"],
            mutual=at["mutual"],
            elsewhere=at["elsewhere"],
            login=at["login"],
            login_in_clear=at["clear"],
            certificates=certificates,
            passwords=passwords,
        )


def unsigned_token(user: str, seconds: float = 3600.0) -> str:
    """A JSON Web Token without a signature, which Kafka's validator for tests accepts."""
    now = time.time()
    claims = {"sub": user, "iat": now, "exp": now + seconds}
    parts = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims)
    )
    return f"{'.'.join(parts)}."


def _listeners(ports: Mapping[str, int]) -> dict[str, object]:
    security = {
        "BROKER": "PLAINTEXT",
        "TLS": "SSL",
        "MUTUAL": "SSL",
        "ELSEWHERE": "SSL",
        "LOGIN": "SASL_SSL",
        "CLEAR": "SASL_PLAINTEXT",
        "CONTROLLER": "PLAINTEXT",
    }
    addresses = [f"{name}://localhost:{ports[name.lower()]}" for name in security]
    return {
        "listeners": ",".join(addresses),
        "advertised_listeners": ",".join(addresses[:-1]),
        "listener_security_protocol_map": ",".join(f"{name}:{protocol}" for name, protocol in security.items()),
        "controller_quorum_bootstrap_servers": f"localhost:{ports['controller']}",
    }


def _tls(certificates: Certificates) -> dict[str, object]:
    return {
        "ssl_keystore_type": "PEM",
        "ssl_keystore_location": certificates.broker.both,
        "ssl_truststore_type": "PEM",
        "ssl_truststore_location": certificates.authority,
        "listener_name_mutual_ssl_client_auth": "required",
        "listener_name_mutual_ssl_principal_mapping_rules": "RULE:^.*CN=([^,]+).*$/$1/",
        "listener_name_elsewhere_ssl_keystore_location": certificates.elsewhere.both,
        "listener_name_elsewhere_ssl_keystore_type": "PEM",
    }


def _sasl(passwords: Mapping[str, str]) -> dict[str, object]:
    # JAAS allows no other characters in a name; such a user has SCRAM alone.
    users = " ".join(f'user_{user}="{password}"' for user, password in passwords.items() if user.isidentifier())
    return {
        "listener_name_login_sasl_enabled_mechanisms": ",".join(MECHANISMS),
        "listener_name_clear_sasl_enabled_mechanisms": "PLAIN",
        "listener_name_login_plain_sasl_jaas_config": f"{_JAAS}.plain.PlainLoginModule required {users};",
        "listener_name_clear_plain_sasl_jaas_config": f"{_JAAS}.plain.PlainLoginModule required {users};",
        "listener_name_login_scram-sha-256_sasl_jaas_config": f"{_JAAS}.scram.ScramLoginModule required;",
        "listener_name_login_scram-sha-512_sasl_jaas_config": f"{_JAAS}.scram.ScramLoginModule required;",
        "listener_name_login_oauthbearer_sasl_jaas_config": (
            f'{_JAAS}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
        ),
    }


def _access() -> dict[str, object]:
    return {
        "authorizer_class_name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super_users": "User:ANONYMOUS",  # of the listener without security alone
        "allow_everyone_if_no_acl_found": "false",
    }


def _create_scram_users(administrators: str, passwords: Mapping[str, str]) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=administrators)) as admin:
        for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):  # one of a user in a request
            found = admin.alter_user_scram_credentials(
                [UserScramCredentialUpsertion(user, mechanism, password) for user, password in passwords.items()]
            )
            if any(found.values()):
                raise BrokerError(f"expected to create the users of SCRAM, found {found}")
