"""What is asked of a source and what comes back: plan, engines, memory of results.

`run.answer` is the way in; everything else is a step of it.
"""
