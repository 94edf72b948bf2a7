"""How things are drawn: pure functions from a ChartConfig and a frame to a Picture, registered by type.

Called by services/; knows plotly and polars, never Dash, Flask or a database. `registry.draw` is the
way in; `registry.all_types` is what the pages ask; `recommend.recommend` proposes first charts.
"""
