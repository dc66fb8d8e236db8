"""What else does this job, with the settings that a person who knows it would give it."""
