"""Scenes of one to twelve things: shapes, houses, cars, trees and stick figures, with nine kinds of questions.

The things are chosen and placed first (layout.py), then drawn (render.py), and every answer is read off the scene
(listing.py, vqa.py, prose.py).
"""

from saccade.synth.scenes.world import SCENE_TASKS, draw_scenes

__all__ = ["SCENE_TASKS", "draw_scenes"]
