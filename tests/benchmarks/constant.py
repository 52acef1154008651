"""What pages are compared with: a Flask view that answers every path with the same bytes."""

import os
from pathlib import Path

from flask import Flask, Response

app = Flask(__name__)
body = Path(os.environ["CONSTANT_BODY"]).read_bytes()


@app.get("/")
@app.get("/<path:path>")
def constant(path: str = "") -> Response:
    del path
    return Response(body)
