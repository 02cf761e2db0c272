"""python -m saccade.cli: the command, where its script is not on the path."""

from saccade.cli.app import main

main()
