"""From a connection's config to the store it names."""

from collections.abc import Iterator
from contextlib import contextmanager

from vizapp.errors import CloudStorageError
from vizapp.schemas.cloud import Place, azure_account, place, service_account
from vizapp.schemas.connection import AzureConfig, CloudConfig, GcsConfig, S3Config
from vizapp.sources.cloud import gcs, s3
from vizapp.sources.cloud.azure import Azure
from vizapp.sources.cloud.gcs import Gcs
from vizapp.sources.cloud.s3 import S3
from vizapp.sources.cloud.store import Store
from vizapp.sources.cloud.wire import Bounds, Endpoint, Wire


@contextmanager
def opened(config: CloudConfig, bounds: Bounds) -> Iterator[Store]:
    """The store, while the block lasts; nothing is sent yet. Raises CloudStorageError when no bucket is named."""
    store = _store(config, bounds)
    try:
        yield store
    finally:
        store.close()


def _store(config: CloudConfig, bounds: Bounds) -> Store:
    if isinstance(config, S3Config):
        return _s3(config, bounds)
    if isinstance(config, AzureConfig):
        account = azure_account(config.connection_string)
        return Azure(Wire(_endpoint(account.place, chosen=account.chosen), bounds), config.container_name, account)
    if isinstance(config, GcsConfig):
        return _gcs(config, bounds)
    raise TypeError(f"{type(config).__name__} is no object store")


def _s3(config: S3Config, bounds: Bounds) -> S3:
    if config.endpoint_url:
        endpoint, root = _endpoint(place(config.endpoint_url), chosen=True), f"/{config.bucket}/"
    else:
        endpoint, root = s3.endpoint_of(config.bucket, config.region)
    wire = Wire(endpoint, bounds)
    return S3(wire, root, region=config.region, key_id=config.access_key_id, secret=config.secret_access_key)


def _gcs(config: GcsConfig, bounds: Bounds) -> Gcs:
    if not config.bucket:
        message = "This connection names no bucket. An administrator can fill it in."
        raise CloudStorageError(message, details={"step": "bucket"})
    chosen = bool(config.endpoint_url)
    endpoint = _endpoint(place(config.endpoint_url), chosen=True) if chosen else gcs.ENDPOINT
    return Gcs(Wire(endpoint, bounds), config.bucket, service_account(config.key_file))


def _endpoint(where: Place, *, chosen: bool) -> Endpoint:
    return Endpoint(where.host, where.port, where.secure, where.path, chosen)
