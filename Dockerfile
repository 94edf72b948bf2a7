# Built in two steps so that neither a compiler, npm nor a package cache is in what runs.
# Secrets come at run time, from the environment; no layer holds one.

FROM node:24-slim AS node

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
# npm alone, for the front-end files: node is a single binary and npm a folder of scripts.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
# The slow steps come first and change rarely.
COPY requirements.txt ./
RUN python -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.txt
COPY package.json package-lock.json ./
COPY scripts/frontend.py scripts/codemirror.js scripts/
RUN .venv/bin/python scripts/frontend.py && rm -rf node_modules
COPY . .
# A read-only root cannot write byte code later; and whatever the builder's umask was, user 10001 must be able to read.
RUN .venv/bin/python -m compileall -q vizapp pages callbacks components migrations wsgi.py \
 && chmod -R a+rX,go-w /app

FROM python:3.11-slim
# Chromium draws pictures, with fonts that reports embed too (Arabic, Hebrew, symbols; Chinese, Japanese, Korean); tini reaps what it leaves behind and passes signals on.
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium fonts-dejavu-core fonts-wqy-microhei tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin vizapp \
 && install -d -o vizapp -g vizapp -m 0750 /data
COPY --from=build /app /app
WORKDIR /app
ENV VIZAPP_ENV=production \
    VIZAPP_DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8050 \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /data
EXPOSE 8050
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/app/.venv/bin/python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/health\", timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["/app/scripts/start"]
