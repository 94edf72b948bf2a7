"""Building blocks of the pages: props in, a tree of Dash components out; no data access, no callbacks."""
