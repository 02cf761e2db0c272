"""Engines: what answers a prepared request. `api` is the contract; import the engine you need by its module."""
