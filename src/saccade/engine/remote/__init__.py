"""An engine on an OpenAI-compatible server: vLLM, SGLang, llama-server, Ollama and others. Torch-free.

address.py      "http://host:8000/v1#name", and the family a model's name tells
connection.py   HTTP: waiting, retrying, streaming, giving up
faults.py       what a server answers when it does not answer, as one sentence
servers.py      what the usual servers do to pictures and which fields they take; what was learnt of this one
pictures.py     media to data: URIs of the very size that the server leaves alone
wire.py         messages and sampling parameters in the server's form
constraints.py  schema, regex and choices: asked of the server, else checked and repaired here
answers.py      chunks of an answer to pieces and a Reply
engine.py       RemoteEngine, which puts these together
"""
