"""What the models are asked: the one copy of every prompt, for the tasks that send them and the worlds that teach them.

The wordings are those that Qwen-VL models were trained with, where there is one. Standard library only.
"""
