"""The networks: configuration, layers, vision encoder, decoder, whole model; weights, hub and placement."""
