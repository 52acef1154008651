"""Trials in words."""

from pricingsite.pricing import Trial


def trial_sentence(trial: Trial) -> str:
    """What a trial is, and what follows it."""
    days = "day is" if trial.days == 1 else f"{trial.days} days are"
    if trial.continues:
        return f"The first {days} free. Then the plan goes on and is billed, unless you cancel."
    return f"The first {days} free. Then the plan ends, unless you choose to keep it."
