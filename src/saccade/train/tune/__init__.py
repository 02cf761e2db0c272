"""Training a model further on one's own rows: `saccade train --data rows.jsonl --base MODEL --out FOLDER`."""
