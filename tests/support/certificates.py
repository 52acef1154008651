"""Certificates of an authority that tests make, by the system's openssl."""

import shutil
import subprocess
from pathlib import Path

import pytest


def certificate(folder: Path, name: str, *, issuer: Path | None = None) -> Path:
    """A file with a new key and its certificate for a name; without an issuer, an authority's."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here: install your system's openssl package")
    made, file = folder / f"{name}.crt", folder / f"{name}.pem"
    key = folder / f"{name}.key"
    signed = ["-CA", str(issuer), "-CAkey", str(issuer)] if issuer else []
    usage = "basicConstraints=critical,CA:FALSE" if issuer else "keyUsage=critical,keyCertSign"
    key_kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    named = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-addext", usage]
    written = ["-keyout", str(key), "-out", str(made)]
    request = ["openssl", "req", "-x509", "-days", "2", *key_kind, *named, *written, *signed]
    subprocess.run(request, check=True, capture_output=True)
    file.write_text(key.read_text() + made.read_text())
    return file
