"""Every use case once: who may do it, in which transaction, with what entry in the activity log.

The first argument is always the Actor. Nothing here knows HTTP or Dash.
"""
