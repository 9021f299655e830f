"""The ledger of the tests of letters."""

from tests.letters.conftest import furnished, ledger

__all__ = ["furnished", "ledger"]
