"""`flask api-keys`: a key is shown once, listed without its secret, and ended by name."""

import pytest
from conftest import Clock
from flask import Flask
from support.programs import Program


def run(app: Flask, *arguments: str) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["api-keys", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_create_prints_the_key_alone_and_it_works(app: Flask) -> None:
    code, key, remarks = run(app, "create", "--scope", "events:write", "--scope", "usage:read")
    assert (code, remarks) == (0, "")
    assert key == key.strip() + "\n"
    assert Program(app, key.strip()).send().json == {"accepted": 0, "duplicates": 0}


def test_list_shows_when_a_key_was_used_and_never_its_secret(app: Flask, clock: Clock) -> None:
    key = run(app, "create", "--scope", "events:write")[1].strip()
    moment = clock.now.isoformat(timespec="seconds")
    key_id = key.rpartition("_")[0]
    assert run(app, "list")[1] == f"{key_id}\tevents:write\t{moment}\t-\t-\n"
    Program(app, key).send()
    assert run(app, "list")[1] == f"{key_id}\tevents:write\t{moment}\t{moment}\t-\n"


@pytest.mark.parametrize("named_by", ["id", "itself"])
def test_revoke_ends_a_key_by_its_id_or_by_itself(app: Flask, named_by: str) -> None:
    key = run(app, "create", "--scope", "events:write")[1].strip()
    key_id = key.rpartition("_")[0]
    for _ in range(2):
        code, said, _ = run(app, "revoke", key_id if named_by == "id" else key)
        assert (code, said) == (0, f"revoked {key_id}\n")
    assert Program(app, key).send().status_code == 401


def test_what_is_no_scope_or_no_key_is_refused_in_words(app: Flask) -> None:
    code, _, remarks = run(app, "create", "--scope", "everything")
    assert code == 2
    assert "events:write" in remarks
    assert run(app, "create")[0] == 2
    code, _, remarks = run(app, "revoke", "psk_none")
    assert code == 1
    assert "flask api-keys list" in remarks
