"""REST: parse, call a service, dump. No rules of its own."""
