# One image for every service; compose.yaml says which one a container runs.
FROM python:3.12-slim AS build
WORKDIR /app
RUN python -m venv .venv
COPY requirements.lock .
RUN .venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY shared shared
COPY services services
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index -e . && .venv/bin/python -m compileall -q shared services

FROM python:3.12-slim
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /var/lib/passerelle --create-home passerelle
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
USER passerelle
STOPSIGNAL SIGTERM
CMD ["passerelle", "--help"]
