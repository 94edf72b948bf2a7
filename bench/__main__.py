"""Every benchmark in turn: `python -m bench`, or `python -m bench intake dashboard` for some of them."""

import sys

from bench import api, cache, dashboard, execute, figures, intake, pictures, reports

ALL = {
    "intake": intake.main,
    "execute": execute.main,
    "cache": cache.main,
    "figures": figures.main,
    "dashboard": dashboard.main,
    "api": api.main,
    "reports": reports.main,
    "exports": pictures.main,
}


def main() -> None:
    """Run the named benchmarks, all when none is named."""
    names, sys.argv[1:] = sys.argv[1:] or list(ALL), []  # some have options of their own
    for name in names:
        print(f"\n== {name}")
        ALL[name]()


if __name__ == "__main__":
    main()
