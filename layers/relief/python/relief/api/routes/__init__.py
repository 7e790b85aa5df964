"""The routes of the API, one module a subject: check the scope, make one call into the domain, write the answer."""

from relief.api.routes.resolver import app

__all__ = ["app"]
