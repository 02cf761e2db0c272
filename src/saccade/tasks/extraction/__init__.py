"""The steps behind `extract`: what is wanted, what came, how sure, where it stands, and whether it can be true."""
