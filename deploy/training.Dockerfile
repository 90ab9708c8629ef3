# syntax=docker/dockerfile:1
# Training: with TensorFlow. Build from the repository root; deploy/service.Dockerfile explains the steps.
ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS build
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt PIP_CERT=/etc/ssl/certs/ca-certificates.crt
RUN --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    python3 -m venv /uv && /uv/bin/pip install --no-cache-dir "uv>=0.8,<1"
WORKDIR /source
COPY pyproject.toml requirements.lock ./
# Not compiled in advance: it would add hundreds of megabytes and a job starts seldom.
RUN --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    /uv/bin/uv venv --python python3 /opt/linewatch && \
    VIRTUAL_ENV=/opt/linewatch /uv/bin/uv pip install --no-cache \
      --constraint requirements.lock --requirements pyproject.toml --extra training
COPY . .
RUN --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    VIRTUAL_ENV=/opt/linewatch /uv/bin/uv pip install --no-cache --no-deps .

FROM ${BASE}
COPY --from=build /opt/linewatch /opt/linewatch
# matplotlib and Keras want to write caches; only /tmp need be writable.
ENV PATH=/opt/linewatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    MPLCONFIGDIR=/tmp/matplotlib
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["linewatch-train"]
CMD ["--help"]
