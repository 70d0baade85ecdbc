"""The three people of every test: a reviewer, an editor, an admin."""

from apps.accounts.models import User

PASSWORD = "a long enough password"


def make_user(role: str = "reviewer", username: str = "") -> User:
    """A user of that role, named after it unless a name is given; the password is PASSWORD."""
    return User.objects.create_user(username=username or role, password=PASSWORD, role=role)
