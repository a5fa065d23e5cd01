"""Sheets to print: one engine for every one, served at `/print/SHEET` and made by `python -m components.paper`.

`blocks.py` is what a sheet is made of, `engine.py` makes the PDF, `sheets/` holds one file a sheet. See docs/paper.md.
"""
