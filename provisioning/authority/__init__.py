"""Who is who: the city's certificate authority, its index, and what runs out when."""

from provisioning.authority.index import Entry, Index, Role
from provisioning.authority.signing import Identity
from provisioning.authority.standing import Grade, Notice, standing
from provisioning.authority.store import Authority, AuthorityError, revocations_until

__all__ = [
    "Authority",
    "AuthorityError",
    "Entry",
    "Grade",
    "Identity",
    "Index",
    "Notice",
    "Role",
    "revocations_until",
    "standing",
]
