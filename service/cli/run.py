"""`linewatch run`."""

import gc
from contextlib import closing

from service.cli.logged import logged
from service.cli.uncollected import uncollected
from service.scoring.image import ImageLimits
from service.scoring.workers.forking import WorkerTemplate
from service.settings.run import RunSettings


class Run(RunSettings):
    """Score images from Kafka until stopped."""

    def cli_cmd(self) -> None:
        with logged(self):
            limits = ImageLimits(self.max_image_bytes, self.max_image_pixels)
            with closing(WorkerTemplate(limits, self.decode_seconds)) as template:
                template.start()
                with uncollected():
                    from service.app import run  # noqa: PLC0415 - meanwhile: it takes as long as the template
                gc.freeze()  # nor need later collections look at what stays

                run(self, template)
