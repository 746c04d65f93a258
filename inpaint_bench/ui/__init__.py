"""The app: the only package that imports gradio.

`build.py` puts the tabs together; each `tab_*.py` lays one page out and wires it. What a page
does is written in plain functions beside it (`canvas`, `session`, `comparison`, `export`,
`leaderboard`, `catalogue`), which take and give arrays, records and text.
"""
