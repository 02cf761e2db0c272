"""What `report` makes of the fields it reads: values with their levels, questions with their verdicts."""
