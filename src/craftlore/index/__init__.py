"""Articles to passages, passages to BM25 and vectors, and the hybrid search over both."""
