"""Who may sign in to a customer's account, and in which role."""

from wtforms import RadioField
from wtforms.fields import SelectChoice

from pricingsite.forms.base import Form, email
from pricingsite.models.access import Role

_ROLES = [
    SelectChoice(Role.VIEWER, "Viewer: reads and downloads everything, and changes nothing"),
    SelectChoice(
        Role.BILLING_ADMIN, "Billing admin: changes the plan, details, alerts and users as well"
    ),
]


class RoleForm(Form):
    """What a user may do."""

    role = RadioField("Role", choices=_ROLES, default=Role.VIEWER)

    def chosen_role(self) -> Role:
        """The role that was chosen."""
        return Role(self.role.data)


class InviteForm(RoleForm):
    """A colleague to invite."""

    email = email(
        "E-mail address of your colleague",
        "Enter the e-mail address of your colleague",
        autocomplete="off",
    )
