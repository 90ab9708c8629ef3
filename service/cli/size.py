"""`linewatch size`."""

from pydantic import BaseModel, Field

from service.sizing import Plant, Size, size

MEGA, GIGA = 1e6, 1e9


class SizePlant(BaseModel):
    """Work out cores, replicas, partitions and bandwidth for so many cameras, from measured figures."""

    cameras: int = Field(ge=1, le=10**6, description="How many cameras.")
    rate: float = Field(gt=0.0, le=10**4, description="Images a second of each camera.")
    megapixels: float = Field(gt=0.0, le=1000.0, description="Of each image, a JPEG.")
    load: float = Field(default=0.5, gt=0.0, le=0.9, description="Share of its capacity that a core is used at.")
    cores_per_replica: int = Field(default=2, ge=1, le=256, description="Cores that each replica of the service has.")
    copies: int = Field(default=3, ge=1, le=10, description="Kafka's replication factor.")
    kilobytes: float | None = Field(
        default=None, gt=0.0, le=10**6, description="Of each image (default: of a JPEG at quality 90)."
    )

    def cli_cmd(self) -> None:
        image_bytes = None if self.kilobytes is None else round(1000 * self.kilobytes)
        chosen = self.model_dump(exclude={"kilobytes"})
        plant = Plant(**chosen, image_bytes=image_bytes)
        print("\n".join(_lines(plant, size(plant))))  # noqa: T201 - output


def _lines(plant: Plant, found: Size) -> list[str]:
    per_core = 1 / found.image_cpu_seconds
    rows = {
        "to score": f"{found.images_per_second:g} images/s: {plant.cameras} cameras, {plant.rate:g}/s each, "
        f"{plant.megapixels:g} megapixels",
        "one core": f"{per_core:.1f} images/s when full ({1000 * found.image_cpu_seconds:.1f} ms of CPU each), "
        f"{plant.load * per_core:.1f} at {plant.load:.0%} load",
        "service": f"{found.replicas} replicas of {plant.cores_per_replica} cores: {found.cores} cores",
        "partitions": f"{found.partitions} of the topic of images",
        "brokers": f"{_rate(found.bytes_in)} in, {_rate(found.bytes_in)} out to the service, "
        f"{_rate(found.bytes_copied)} between them",
        "disk": f"{found.disk_bytes_per_hour / GIGA:,.0f} GB for each hour that images are kept, {plant.copies} copies",
    }
    return [f"{name:<11}{value}" for name, value in rows.items()]


def _rate(bytes_per_second: float) -> str:
    return f"{bytes_per_second / MEGA:,.1f} MB/s"
