"""python -m saccade: the command, where its script is not on the path."""

from saccade.cli.app import main

if __name__ == "__main__":
    main()
