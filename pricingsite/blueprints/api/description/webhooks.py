"""Webhooks described: when each type of event is sent, its data, and a program that receives it."""

from pricingsite.services.messages.webhooks import EventType

# Of each type: when it is sent, and the schema of its data.
TYPES = {
    EventType.CUSTOMER_CREATED: ("A customer was made.", "Customer"),
    EventType.CUSTOMER_UPDATED: (
        "A customer's details, purchase order or verified tax id changed, or it was closed.",
        "Customer",
    ),
    EventType.CUSTOMER_VERIFIED: ("A customer's e-mail address was confirmed.", "Customer"),
    EventType.SCHEDULE_CREATED: (
        "A customer ordered a plan, or a deal was made.",
        "BillingSchedule",
    ),
    EventType.SCHEDULE_CHANGED: (
        "A plan changed from today on, be it agreed today or earlier; or its start moved.",
        "BillingSchedule",
    ),
    EventType.SCHEDULE_CHANGE_SCHEDULED: (
        "A change or a cancellation was agreed for a later day.",
        "BillingSchedule",
    ),
    EventType.SCHEDULE_CHANGE_UNDONE: ("A pending change was undone.", "BillingSchedule"),
    EventType.SCHEDULE_ENDED: (
        "A plan ended; or it was cancelled before its start, and that day has come.",
        "BillingSchedule",
    ),
    EventType.ENTITLEMENTS_CHANGED: (
        "What a customer may use changed, or the plan or prices that decide it.",
        "Entitlements",
    ),
    EventType.INVOICE_ISSUED: ("An invoice was issued.", "Invoice"),
    EventType.INVOICE_PAID: ("An invoice was paid in full.", "Invoice"),
    EventType.INVOICE_OVERDUE: ("An invoice was not paid by its due day.", "Invoice"),
    EventType.INVOICE_VOIDED: (
        "A draft was voided, or an invoice was credited in full.",
        "Invoice",
    ),
    EventType.CREDIT_NOTE_ISSUED: ("A credit note was issued.", "Invoice"),
    EventType.ALERT_REACHED: ("A running bill reached an alert of its customer.", None),
}

HEADERS = {
    "webhook-id": "The event's id. It stays the same however often the event is sent.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "One signature, or two while a secret is being replaced, each v1, and "
    "Base64, with a space between them.",
}

# The page prints it, and a test runs what the page prints.
RECEIVER = """\
import base64, hmac, os, time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        event_id, sent = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        digest = hmac.digest(KEY, f"{event_id}.{sent}.".encode() + body, "sha256")
        right, given = b"v1," + base64.b64encode(digest), self.headers["webhook-signature"] or ""
        signed = any(hmac.compare_digest(right, one.encode()) for one in given.split())
        fresh = signed and abs(time.time() - int(sent)) < 300
        if fresh:
            print(event_id, body.decode(), flush=True)
        self.send_response(204 if fresh else 401)
        self.end_headers()

HTTPServer(("127.0.0.1", int(os.environ.get("PORT", 8000))), Receiver).serve_forever()
"""
