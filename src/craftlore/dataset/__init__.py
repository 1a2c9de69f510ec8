"""Articles to training pairs: scenario, teacher model, filters, split by article; every drop in a ledger."""
