"""What a machine can measure: retrieval, the pattern matcher; each command prints its figure."""
