"""Settings of `linewatch run`."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from service.settings.base import Host, Optionally, Seconds, check_kafka_name
from service.settings.scoring import ServiceSettings


class RunSettings(ServiceSettings):
    """All of `linewatch run`."""

    group: str = Field(default="linewatch", min_length=1, max_length=200)
    """Consumer group; replicas of one group share the partitions."""
    instance: Annotated[str, AfterValidator(lambda value: value and check_kafka_name(value))] = ""
    """A stable name of this replica (such as a StatefulSet pod's): it keeps its partitions through a restart."""
    reload_seconds: Seconds = 2.0
    """Seconds between two checks of the store for a new champion or challenger."""
    loaded_graphs: int = Field(default=64, ge=1, le=10_000)
    """Most graphs in memory; the one that was not used for longest leaves, and is loaded again when it is needed."""
    batch_images: int = Field(default=32, ge=1, le=1000)
    """Most images in one transaction; fewer are never waited for."""
    decode_threads: int = Field(default=0, ge=0, le=64)
    """Processes that decode images while others are scored; 0 is as many as the cores that the process may use."""
    decode_seconds: float = Field(default=10.0, gt=0, le=60)
    """CPU time that one image may take to decode; its process is killed then."""
    shadow_lag_records: int = Field(default=200, ge=0, le=1_000_000_000)
    """Challengers pause while more images than this wait for this replica, and resume at half of it."""
    audit_rate: float = Field(default=0.0, ge=0.0, le=1.0, allow_inf_nan=False)
    """The share of passes that is sampled for a person to review; 0 is none."""
    audit_key: Annotated[SecretStr | None, Optionally] = None
    """Secret key of the sampling, the same for all replicas; anyone who knows it can predict the sampled parts."""
    http_host: Host = "127.0.0.1"
    """Address that /metrics, /live, /ready and the status page listen on; 0.0.0.0 for other machines, too."""
    http_port: int = Field(default=8000, ge=0, le=65535)
    """Port of those pages; 0 picks a free one and logs it."""

    @model_validator(mode="after")
    def _audits_have_a_key(self) -> Self:
        if self.audit_rate > 0.0 and not (self.audit_key and self.audit_key.get_secret_value()):
            raise ValueError(
                f"audit_rate {self.audit_rate:g} needs audit_key, any text that is kept secret and is the same for all "
                "replicas, found none; set it, or audit_rate to 0"
            )
        return self
