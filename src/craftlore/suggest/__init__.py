"""Request -> parse -> screen -> search article and pattern -> prompt -> generate -> check -> idea. No HTTP here."""
