"""Fixtures of weight files and their server, shared with the tests of the command line."""

from tests.weight_site import cache, dot, patience, published, site, variant

__all__ = ["cache", "dot", "patience", "published", "site", "variant"]
