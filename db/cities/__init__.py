"""City profiles: everything about a city that is not its requests."""

from db.cities.profile import Profile, available, load, profile_hash

__all__ = ["Profile", "available", "load", "profile_hash"]
