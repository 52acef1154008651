"""Who may act: users by membership, invitations that become memberships, and API keys."""
