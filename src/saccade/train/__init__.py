"""The trainer of the bundled model: tokenizer, rows, packs, helper losses, optimiser, loop, evaluation."""
