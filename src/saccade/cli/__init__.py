"""The command `saccade`: one file per family of commands. Nothing imports this room."""
