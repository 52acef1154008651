"""What was to end, taken back on the page of a change."""

from datetime import date

from flask import Flask
from support.account_pages import prose
from support.changing import give_up_backup
from support.pages import Browser
from support.plan_pages import PlanSite

MID_NOVEMBER = date(2026, 11, 16)


def test_who_keeps_what_was_to_end_is_told_so_and_may_undo_it(app: Flask, browser: Browser) -> None:
    site = PlanSite(app, browser).sign_in()
    with site.account() as account:
        give_up_backup(account, on=MID_NOVEMBER)
    site.on(MID_NOVEMBER)
    page = site.quote("team")
    said = prose(page)
    assert "You keep what you have: nothing ends or becomes less on 1 December 2026." in said
    assert "backup was to end: 30 November 2026 was to be its last day." in said
    assert page.text_of("#confirm button") == "Keep what you have"
    made = prose(site.confirm(page))
    assert "You keep what you have. You can undo that until 1 December 2026." in made
    assert "You keep what you have: nothing ends or becomes less on 1 December 2026." in made
    assert "made already" in prose(site.confirm(page))
    mail = site.mails()[-1]
    assert mail.subject == "You keep what you have"
    for part in (mail.text, mail.html):
        assert "backup, which was to end on 30 November 2026" in (part or "")
    assert "From 1 December 2026" in prose(site.undo())
