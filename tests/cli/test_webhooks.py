"""`flask webhooks`, and events delivered: at least once, in order, and given up in the end."""

import base64
import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import standardwebhooks
from conftest import Clock
from flask import Flask
from sqlalchemy import select
from support.accounts import Account
from support.receivers import Receiver, receiver
from support.webhooks import Endpoint, command, endpoint, verifying_at

from pricingsite.database import db
from pricingsite.integrations.webhooks import WebhookClient
from pricingsite.models.webhooks import WebhookDelivery, WebhookEvent
from pricingsite.services.messages.webhook_deliveries import claim_delivery
from pricingsite.services.messages.webhooks import EventType, forget_events, record_event
from pricingsite.web.transaction import committing

pytestmark = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)


@pytest.fixture
def customer_id(app: Flask) -> str:
    with app.app_context():
        account = Account(db.session())
        db.session.commit()
        return account.customer.id


@pytest.fixture
def hook(app: Flask, customer_id: str) -> Iterator[Endpoint]:  # noqa: ARG001 - a catalog is applied
    with endpoint(app) as found:
        yield found


def happen(app: Flask, customer_id: str, event_type: str = "customer.updated") -> None:
    with app.app_context():
        about = {"customer_id": customer_id, "about": customer_id}
        record_event(db.session(), EventType(event_type), **about, now=app.config["NOW"])
        db.session.commit()


def deliveries(app: Flask) -> list[WebhookDelivery]:
    with app.app_context():
        return list(db.session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def test_an_endpoint_is_added_listed_and_removed(app: Flask, clock: Clock) -> None:
    with receiver() as found:
        added = command(app, "webhooks", "add", found.url, "--type", "invoice.paid")
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/=]+\n", added.stdout)
        assert len(base64.b64decode(added.stdout.strip().removeprefix("whsec_"))) >= 24
        listed = command(app, "webhooks", "list").stdout.rstrip("\n").split("\t")
        assert listed[1:] == [found.url, "invoice.paid", "enabled", "0", "0"]
        assert added.stdout.strip() not in listed
        again = command(app, "webhooks", "add", found.url)
        assert again.exit_code == 1
        assert "is an endpoint already" in again.stderr
        assert command(app, "webhooks", "remove", listed[0]).stdout == f"removed {listed[0]}\n"
        assert command(app, "webhooks", "list").stdout == ""
        gone = command(app, "webhooks", "remove", listed[0])
        assert (gone.exit_code, gone.stdout) == (1, "")
        assert command(app, "webhooks", "add", found.url).exit_code == 0
    assert clock.now


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://0.0.0.0/",
        "https://localhost/",
    ],
)
def test_a_site_at_https_sends_nothing_to_its_own_network(app: Flask, url: str) -> None:
    app.config["BASE_URL"] = "https://amara.example"
    refused = command(app, "webhooks", "add", url)
    assert refused.exit_code == 2
    assert "URL" in refused.stderr
    assert command(app, "webhooks", "list").stdout == ""


def test_what_was_fine_on_http_is_not_sent_at_https(
    app: Flask, hook: Endpoint, customer_id: str
) -> None:
    happen(app, customer_id)
    app.config["BASE_URL"] = "https://amara.example"
    assert hook.deliver(exit_code=1) == []
    (delivery,) = deliveries(app)
    assert "https://" in (delivery.last_error or "")


def test_an_unknown_type_is_refused(app: Flask) -> None:
    refused = command(app, "webhooks", "add", "http://127.0.0.1/", "--type", "invoice.lost")
    assert refused.exit_code == 2
    assert "customer.created" in refused.stderr


def test_an_event_is_sent_once_and_verified(app: Flask, hook: Endpoint, customer_id: str) -> None:
    happen(app, customer_id)
    (event,) = hook.events()
    assert event["type"] == "customer.updated"
    assert event["timestamp"] == "2026-11-23T18:40:00+00:00"
    assert event["data"]["id"] == customer_id
    assert hook.events() == []
    assert command(app, "outbox", "deliver").stdout == "delivered 0, failed 0\n"


def test_a_failure_is_tried_again_with_the_same_bytes(
    app: Flask, hook: Endpoint, customer_id: str, clock: Clock
) -> None:
    happen(app, customer_id)
    hook.receiver.status = 500
    (first,) = hook.deliver(exit_code=1)
    assert hook.deliver() == []
    with app.app_context():
        # What is sent is what was true at the first attempt.
        db.session.scalars(select(WebhookEvent)).one()
        account = Account.of(db.session(), customer_id)
        account.customer.legal_name = "Another Ltd"
        db.session.commit()
    hook.receiver.status = 200
    clock.set(clock.now + timedelta(minutes=1))
    (second,) = hook.deliver()
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    hook.verified(second)


def test_after_three_days_it_is_given_up_and_told(
    app: Flask, hook: Endpoint, customer_id: str, clock: Clock
) -> None:
    happen(app, customer_id)
    hook.receiver.status = 503
    tries = 0
    while not deliveries(app)[0].parked_at:
        tries += len(hook.deliver(exit_code=1))
        clock.set(deliveries(app)[0].due_at)
    assert 15 < tries < 30
    assert clock.now - deliveries(app)[0].created_at <= timedelta(days=3, hours=6)
    checked = command(app, "check")
    assert checked.exit_code == 1
    assert "Webhooks that were given up" in checked.stdout
    assert hook.receiver.url in checked.stdout
    assert "it answered with status 503" in checked.stdout
    assert command(app, "webhooks", "list").stdout.endswith("\t0\t1\n")
    event_id = deliveries(app)[0].event_id
    hook.receiver.status = 200
    replayed = command(app, "webhooks", "replay", event_id)
    assert replayed.stdout == f"{event_id} is sent again to 1 endpoint\n"
    assert hook.types() == ["customer.updated"]


def test_one_that_is_gone_is_disabled(app: Flask, hook: Endpoint, customer_id: str) -> None:
    happen(app, customer_id)
    happen(app, customer_id, "customer.verified")
    hook.receiver.status = 410
    assert len(hook.deliver(exit_code=1)) == 1
    assert hook.deliver() == []
    happen(app, customer_id)
    assert hook.deliver() == []
    assert deliveries(app) == []
    assert "\tdisabled 2026-11-23T18:40:00+00:00\t0\t0\n" in command(app, "webhooks", "list").stdout
    assert "is disabled" in command(app, "check").stderr


def test_a_slow_endpoint_holds_up_no_other(
    app: Flask, hook: Endpoint, customer_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WebhookClient.__init__.__kwdefaults__, "seconds", 0.3)
    hook.receiver.hangs = True
    with endpoint(app) as quick:
        for _ in range(3):
            happen(app, customer_id)
        result = command(app, "outbox", "deliver")
        assert result.stdout == "delivered 3, failed 1\n"
        assert len(quick.came()) == 3
    assert len(hook.came()) == 1


def test_events_of_a_customer_keep_their_order(
    app: Flask, hook: Endpoint, customer_id: str
) -> None:
    order = ["customer.created", "customer.updated", "customer.verified", "entitlements.changed"]
    for event_type in order:
        happen(app, customer_id, event_type)
    assert hook.types() == order


def test_the_next_event_waits_for_the_one_on_its_way_and_not_for_one_that_failed(
    app: Flask, hook: Endpoint, customer_id: str, clock: Clock
) -> None:
    happen(app, customer_id, "customer.created")
    happen(app, customer_id, "customer.updated")
    with app.app_context(), committing(db.session):
        assert claim_delivery(db.session(), now=clock.now)
    # Whoever has the first may be dead: the second waits until it is somebody else's.
    assert hook.types() == []
    clock.set(clock.now + timedelta(minutes=2))
    assert hook.types() == ["customer.created", "customer.updated"]
    happen(app, customer_id, "customer.created")
    happen(app, customer_id, "customer.updated")

    def fail_the_first(_: object) -> None:
        hook.receiver.status = 500 if len(hook.receiver.received) == 3 else 200

    hook.receiver.when_asked = fail_the_first
    got = [hook.verified(one)["type"] for one in hook.deliver(exit_code=1)]
    assert got == ["customer.created", "customer.updated"]
    clock.set(clock.now + timedelta(minutes=1))
    assert hook.types() == ["customer.created"]


def test_two_workers_share_the_work(app: Flask, hook: Endpoint, customer_id: str) -> None:
    for _ in range(12):
        happen(app, customer_id)
    codes: list[int] = []

    def work() -> None:
        codes.append(command(app, "outbox", "deliver").exit_code)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    hook.deliver()
    assert codes == [0, 0]
    ids = [one.id for one in hook.receiver.received]
    assert ids == [one.event_id for one in deliveries(app)]


def test_a_rotated_secret_signs_beside_the_old_one_for_a_day(
    app: Flask, hook: Endpoint, customer_id: str, clock: Clock
) -> None:
    old = hook.secret
    hook.secret = command(app, "webhooks", "rotate", hook.receiver.url).stdout.strip()
    assert hook.secret != old
    happen(app, customer_id)
    (got,) = hook.deliver()
    with verifying_at(clock.now):
        for secret in (old, hook.secret):
            standardwebhooks.Webhook(secret).verify(got.body, got.headers)
    clock.set(clock.now + timedelta(days=1))
    happen(app, customer_id)
    (got,) = hook.deliver()
    hook.verified(got)
    with verifying_at(clock.now), pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(old).verify(got.body, got.headers)


def test_an_event_whose_subject_is_gone_is_withdrawn(
    app: Flask, hook: Endpoint, customer_id: str
) -> None:
    with app.app_context():
        about = {"customer_id": customer_id, "about": "sch_gone"}
        record_event(db.session(), EventType.SCHEDULE_CREATED, **about, now=app.config["NOW"])
        db.session.commit()
    assert hook.events() == []
    assert deliveries(app) == []


def test_an_event_that_cannot_be_written_is_parked_and_holds_up_no_other(
    app: Flask, hook: Endpoint, customer_id: str
) -> None:
    with app.app_context():
        about = {"customer_id": customer_id, "about": "no number"}
        record_event(db.session(), EventType.INVOICE_PAID, **about, now=app.config["NOW"])
        db.session.commit()
    happen(app, customer_id)
    (got,) = hook.deliver(exit_code=1)
    assert hook.verified(got)["type"] == "customer.updated"
    assert deliveries(app)[0].parked_at


def test_what_is_replayed_reaches_endpoints_that_came_later(
    app: Flask, hook: Endpoint, customer_id: str
) -> None:
    happen(app, customer_id)
    (first,) = hook.deliver()
    with endpoint(app) as later, endpoint(app, "invoice.paid") as other:
        command(app, "webhooks", "replay", first.id)
        (again,) = hook.deliver()
        (new,) = later.came()
        assert (again.id, again.body) == (new.id, new.body) == (first.id, first.body)
        later.verified(new)
        assert other.came() == []
    unknown = command(app, "webhooks", "replay", "evt_unknown")
    assert (unknown.exit_code, unknown.stdout) == (1, "")


def test_an_endpoint_that_was_removed_gets_no_more(
    app: Flask, hook: Endpoint, customer_id: str
) -> None:
    happen(app, customer_id)
    command(app, "webhooks", "remove", hook.receiver.url)
    happen(app, customer_id)
    assert hook.deliver() == []


def test_what_is_forgotten_on_its_way_holds_up_no_other(
    app: Flask, hook: Endpoint, customer_id: str
) -> None:
    """An account is closed, or an order erased, while its event is being delivered."""
    happen(app, customer_id)

    def forget(_: object) -> None:
        with app.app_context(), committing(db.session):
            forget_events(db.session(), customer_id)

    hook.receiver.when_asked = forget
    for status, exit_code in ((204, 0), (500, 1)):
        hook.receiver.status = status
        assert len(hook.deliver(exit_code=exit_code)) == 1
        assert deliveries(app) == []
        happen(app, customer_id)
    hook.receiver.when_asked = lambda _: None
    hook.receiver.status = 204
    assert hook.types() == ["customer.updated"]


def test_what_was_delivered_can_be_replayed_for_thirty_days(
    app: Flask, hook: Endpoint, customer_id: str, clock: Clock
) -> None:
    happen(app, customer_id)
    (first,) = hook.deliver()
    clock.set(clock.now + timedelta(days=29))
    hook.deliver()
    command(app, "webhooks", "replay", first.id)
    (again,) = hook.deliver()
    assert (again.id, again.body) == (first.id, first.body)
    # It is kept from its last delivery on.
    clock.set(clock.now + timedelta(days=29))
    hook.deliver()
    assert len(deliveries(app)) == 1
    clock.set(clock.now + timedelta(days=1))
    hook.deliver()
    assert deliveries(app) == []
    with app.app_context():
        assert db.session.scalars(select(WebhookEvent)).all() == []
    erased = command(app, "webhooks", "replay", first.id)
    assert erased.exit_code == 1
    assert "erased 30 days after they were delivered" in erased.stderr


def test_what_was_given_up_is_kept(
    app: Flask, hook: Endpoint, customer_id: str, clock: Clock
) -> None:
    happen(app, customer_id)
    hook.receiver.status = 503
    while not deliveries(app)[0].parked_at:
        hook.deliver(exit_code=1)
        clock.set(deliveries(app)[0].due_at)
    clock.set(clock.now + timedelta(days=60))
    hook.deliver()
    (kept,) = deliveries(app)
    hook.receiver.status = 204
    command(app, "webhooks", "replay", kept.event_id)
    assert hook.types() == ["customer.updated"]


def test_a_check_says_what_waits(app: Flask, hook: Endpoint, customer_id: str) -> None:
    happen(app, customer_id)
    checked = command(app, "check")
    assert checked.exit_code == 0
    assert "1 webhooks have not been tried yet" in checked.stderr
    assert isinstance(hook.receiver, Receiver)
