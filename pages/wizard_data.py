"""The data that the wizard works with: an uploaded file, or a table or a query of a connection."""

from vizapp.access import Actor
from vizapp.schemas.records import DatasetRecord
from vizapp.services import datasets, materials
from vizapp.services.materials import Material
from vizapp.services.origins import Origin

Data = DatasetRecord | Material


def load(actor: Actor, origin: Origin) -> Data:
    """What is there; raises what its service raises, for whoever may not use it too."""
    if origin.connection_id is not None:
        return materials.material(actor, origin)
    return datasets.get_dataset(actor, origin.dataset_id or 0)


def whole_rows(data: Data) -> int | None:
    """How many rows there are, where that is known for sure."""
    return data.row_count if isinstance(data, DatasetRecord) else None
