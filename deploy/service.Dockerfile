# syntax=docker/dockerfile:1
# The service and its review page: no TensorFlow. Build from the repository root.
#
# BASE is any Debian-like image with python3 and python3-venv; both stages use it, so the virtual environment
# made in the first runs in the second.
ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS build
# A site with a certificate authority of its own passes its bundle as the secret `certificates`;
# without that secret the base image's bundle is used.
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt PIP_CERT=/etc/ssl/certs/ca-certificates.crt
RUN --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    python3 -m venv /uv && /uv/bin/pip install --no-cache-dir "uv>=0.8,<1"
WORKDIR /source
# Dependencies before sources: a change of the code leaves this layer as it is.
COPY pyproject.toml requirements.lock ./
# Compiled now, because under a read-only root Python could not keep what it compiles at the start.
RUN --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    /uv/bin/uv venv --python python3 /opt/linewatch && \
    VIRTUAL_ENV=/opt/linewatch /uv/bin/uv pip install --no-cache --compile-bytecode \
      --constraint requirements.lock --requirements pyproject.toml --extra review
COPY . .
RUN --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    VIRTUAL_ENV=/opt/linewatch /uv/bin/uv pip install --no-cache --compile-bytecode --no-deps .

FROM ${BASE}
COPY --from=build /opt/linewatch /opt/linewatch
ENV PATH=/opt/linewatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LINEWATCH_STORE=/bundles \
    LINEWATCH_LOG_FORMAT=json \
    LINEWATCH_HTTP_HOST=0.0.0.0 \
    LINEWATCH_PROBE_PORT=8100
# A volume mounted here is owned as this folder is: the review page may keep images in it.
RUN install -d -o 10001 -g 10001 /archive
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000 8001 8100
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://localhost:' + os.environ['LINEWATCH_PROBE_PORT'] + '/ready', timeout=2)"]
ENTRYPOINT ["linewatch"]
CMD ["run"]
