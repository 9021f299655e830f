"""The real opportunities on the import page: looked at and begun, and nothing of them refused."""

import html
import re

from tests.imports.conftest import REAL
from tests.web.conftest import Site, as_, hidden


async def test_real_opportunities_are_looked_at_and_begun(site: Site) -> None:
    files = [
        ("upload" if name == REAL.name else "sides", (name, (REAL.parent / name).read_bytes()))
        for name in (REAL.name, "accounts.csv", "sales_teams.csv")
    ]
    sent = await site.send("/imports/preview", "ola", files, mapping="maven-crm")
    page = html.unescape(await site.get(sent.headers["location"], "ola"))
    for said in ("The first 1,000 rows", "product: GTXPro → GTX Pro", "GTX Plus Basic"):
        assert said in page, said
    beside = re.findall('name="beside" value="([^"]+)"', page)[:2]
    fields = hidden(page, "/imports") | {"beside": beside}
    begun = await site.http.post("/imports", data=fields, headers=as_("ola"))
    assert "of 8,800 rows" in await site.get(begun.headers["location"], "ola")
