"""Vizapp: dashboards from files and databases, in one process and one data folder."""

__version__ = "0.1.0"
