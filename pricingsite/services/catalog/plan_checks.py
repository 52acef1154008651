"""What the catalog file says of plans besides their prices, checked against what else is in it.

The values of a document that has problems may be None; those say nothing more here.
"""

from collections.abc import Container

from pricingsite.services.catalog.document import CatalogDocument, PlanEntry
from pricingsite.services.catalog.toml_tables import Problems


def check_plans(document: CatalogDocument, problems: Problems) -> None:
    """Everything about values, limits, contacts and the recommended plan."""
    features = {feature.id for feature in document.features}
    counted = features | {metric.id for metric in document.metrics}
    for plan in document.plans:
        _check_contact(plan, problems)
        _check_ids(plan, "values", features, "feature", problems)
        _check_ids(plan, "limits", counted, "metric or feature", problems)
    _refuse_two_recommended(document, problems)


def _check_contact(plan: PlanEntry, problems: Problems) -> None:
    for key in ("prices", "options", "add_ons"):
        if plan.contact and getattr(plan, key):
            problems.add(
                f"{plan.path}.{key}",
                f"a plan to talk about has no prices: keep either {key} or contact",
            )


def _check_ids(
    plan: PlanEntry, key: str, known: Container[str], noun: str, problems: Problems
) -> None:
    for name in getattr(plan, key) or ():
        if name not in known:
            problems.add(f"{plan.path}.{key}.{name}", f'there is no {noun} "{name}" in this file')


def _refuse_two_recommended(document: CatalogDocument, problems: Problems) -> None:
    recommended = [plan for plan in document.plans if plan.recommended]
    for plan in recommended[1:]:
        problems.add(
            f"{plan.path}.recommended", f"{recommended[0].path} is recommended already: keep one"
        )
