"""MediaWiki, a ZIM file or a maker's own documents to articles: section by section, every revision pinned, every drop in a ledger."""
