"""Drawn worlds with exact answers: seeded pictures of text and shapes that train and test a small model.

Standard library, numpy and Pillow only; no torch. `saccade.synth.worlds.draw` is the one door for training,
`saccade.synth.heldout` the one for evaluation.
"""
