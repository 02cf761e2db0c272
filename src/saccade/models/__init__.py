"""The networks: configuration, layers, vision encoder, decoder, whole model, weights. No files but in weights and hub."""
