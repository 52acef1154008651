"""RFC 9457 problem documents: what programs are told when something is refused.

Each kind has a name, which is an anchor of the API's reference page; kinds that HTTP itself names
well enough have none.
"""

from typing import Any

from flask import Flask, Response, current_app, g, jsonify, request, template_rendered
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest, HTTPException, Unauthorized, default_exceptions

PROBLEM_JSON = "application/problem+json"

# Each kind in words, for the reference page.
KINDS = {
    "no-key": "No key came with the request, or one that is unknown or revoked.",
    "missing-scope": "The key may not do this: scope names what it lacks.",
    "unreadable": "The body is not what its content type says.",
    "events-refused": "Some events cannot be counted: errors names each by its index, counted "
    "from 0, and why. Nothing was stored.",
    "clock-skew": "Events are more than 5 minutes ahead of the server's clock, and there is "
    "nothing else wrong with the batch. Send it again later.",
    "other-content": "Events of these ids are stored with another type, time or data: indexes "
    "names them. Nothing was stored.",
    "too-many": "A request takes up to 10,000 events, 500,000 values in them, and 10 MB. Send "
    "smaller batches.",
    "wrong-parameter": "A parameter of the address cannot be used; the detail says which and why.",
    "fields-refused": "Fields of the body cannot be used: errors names each by its path, such as "
    "phases[1].prices[0].quantity, counted from 0, and why. Nothing was stored.",
    "key-reused": "This Idempotency-Key came with another request within the last day. Nothing "
    "was stored; a new request needs a new key.",
    "schedule-exists": "The customer has a billing schedule on these days already: schedule is its "
    "id. A second contract is a second customer's.",
    "change-refused": "The billing schedule cannot be changed in this way: the detail says why, "
    "and what can be. Nothing was changed.",
    "form-refused": "A form cannot be used as it was sent: errors names its fields and why.",
    "unbillable": "A customer's bill cannot be worked out from its billing schedule, such as one "
    "that was changed by hand. Its usage is still counted; the server's log says what is wrong.",
    "busy": "The database is busy or does not answer. Nothing was stored; send the same request "
    "again after the seconds that Retry-After says.",
}


class Problem(HTTPException):
    """A refusal of a kind, with members of its own beside the detail."""

    def __init__(self, code: int, kind: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.kind = kind
        self.members = members

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        """HTTP's own headers, and for a caller without a key how to send one."""
        headers = super().get_headers(*args, **kwargs)
        return (
            [*headers, ("WWW-Authenticate", "Bearer")]
            if self.code == Unauthorized.code
            else headers
        )


def wants_problem() -> bool:
    """Whether the caller is a program: on the API always, elsewhere by Accept."""
    return request.path.startswith("/api/") or wants_json()


def wants_json() -> bool:
    """Whether the caller prefers JSON to HTML."""
    accepts = request.accept_mimetypes
    return accepts["application/json"] > accepts["text/html"] or (
        accepts[PROBLEM_JSON] > accepts["text/html"]
    )


def init_app(app: Flask) -> None:
    """Tell programs in their own form what a view has refused by a page."""

    @template_rendered.connect_via(app)
    def _keep_mistakes(_app: Flask, context: dict[str, Any], **_: Any) -> None:
        for value in context.values():
            # Not isinstance: it would ask the database for the `merchant` behind its proxy.
            if issubclass(type(value), FlaskForm):
                g.mistakes = {field or "form": [*map(str, why)] for field, why in _errors(value)}

    @app.after_request
    def _problem(response: Response) -> Response:
        refused = response.status_code >= BadRequest.code and response.mimetype == "text/html"
        if refused and wants_problem():
            response.data = problem_response(_refusal(response.status_code)).data
            response.content_type = PROBLEM_JSON
        return response


def _errors(form: FlaskForm) -> list[tuple[str | None, list[Any]]]:
    return [(field, why) for field, why in form.errors.items() if why]


def _refusal(code: int) -> HTTPException:
    mistakes: dict[str, list[str]] = g.get("mistakes", {})
    if not mistakes:
        return default_exceptions.get(code, BadRequest)()
    told = "; ".join(line for lines in mistakes.values() for line in lines)
    return Problem(code, "form-refused", told, errors=mistakes)


def problem_response(error: HTTPException) -> Response:
    """The problem document of an error."""
    kind, members = None, {}
    if isinstance(error, Problem):
        kind, members = error.kind, error.members
    address = f"{current_app.config['BASE_URL']}/api/v1#{kind}" if kind else "about:blank"
    document = {"type": address, "title": error.name, "status": error.code}
    response = jsonify(document | {"detail": error.description} | members)
    response.content_type = PROBLEM_JSON
    return response
