"""Results written out: tables as CSV, JSON, HTML, Markdown, LaTeX and DataFrame; pages as HTML, Markdown, JSON."""
