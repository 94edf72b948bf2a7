"""Where data comes from: files and databases, each made into a `Source` with typed columns."""
