"""Looking into a model: its parts and sizes (`describe`), and its agreement with the reference (`verify`)."""
