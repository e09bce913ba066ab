"""The hiring side: an organisation's people, role profiles, screens, invitations, results, decisions."""
