# One image for api, worker, migrate and the other commands; what runs is the command given to it.
# Every package is checked against the hashes of the lock files, the build's own included.

FROM python:3.12-slim AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/dealpace /opt/build
COPY requirements.lock requirements-runtime.lock ./
RUN /opt/dealpace/bin/pip install --require-hashes --requirement requirements-runtime.lock
RUN sed -n '/^setuptools==/,/[^\]$/p' requirements.lock > build.lock \
 && /opt/build/bin/pip install --require-hashes --requirement build.lock
COPY . .
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/dealpace/bin/pip install --no-deps --no-index /wheels/*.whl

FROM python:3.12-slim
# Letters for the pictures of charts, which mails carry; those of Chinese stand in no image.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin dealpace \
 && install --directory --owner=dealpace --mode=0700 /data
COPY --from=build /opt/dealpace /opt/dealpace
# Inside a container the only way in is from outside; which host port that is, compose says.
ENV PATH=/opt/dealpace/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DEALPACE_HOST=0.0.0.0 \
    DEALPACE_DATA_DIR=/data
USER dealpace
WORKDIR /data
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["dealpace"]
CMD ["--help"]
