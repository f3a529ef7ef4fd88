"""Pages that show what a command has made: one file, no script."""

import html


def page(title, body):
    """A whole page.

    Args:
        title: its name, plain text.
        body: HTML.
    """
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 75rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; }}
th, td {{ border: 1px solid #ccc; padding: .25rem .6rem; text-align: left; }}
td {{ overflow-wrap: anywhere; }}
img {{ max-width: 100%; }}
</style></head><body>
{body}
</body></html>
"""


def table(head, rows):
    """Texts and numbers as a table; "None." without rows."""
    cells = "".join(f"<th>{html.escape(str(text))}</th>" for text in head)
    body = "".join(
        "<tr>" + "".join(
            f"<td>{html.escape(str(cell))}</td>" for cell in row
        ) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{cells}</tr>{body}</table>" if body else "<p>None.</p>"
