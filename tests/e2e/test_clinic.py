"""The fault clinic in the browser: plant a bug, name it, cure it, and see both curves."""

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from core.clinic import code
from core.faults import FAULTS
from pages.ui.words import catalogue
from tests.e2e.scene import MOMENT, Installation, button, fetch, in_state, insist, settled
from tests.e2e.visitor import Visitor

FAULT, OTHER = "shifted_labels", "leak"


def named(page: Page, fault: str) -> None:
    """Choose a name from the list and have it checked."""
    settled(page)
    page.get_by_role("combobox", name="Your diagnosis").click()
    words = catalogue()[f"clinic.fault.{fault}.name"]["en"]
    page.get_by_role("option", name=words, exact=True).click()
    expect(button(page, "Check")).to_be_enabled()
    button(page, "Check").click()


def test_a_bug_is_planted_named_and_cured(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    visitor = visit()
    page = visitor.open(f"/clinic?case={code(FAULT)}")
    button(page, "Plant it and train").click()
    page.wait_for_url(re.compile(r"run=\w{16}"))
    run_id = re.findall(r"run=(\w{16})", page.url)[0]
    assert FAULT not in page.url and "case=" not in page.url
    in_state(page, "finished")
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in visitor.context.cookies())
    for path in ("metrics", "health", "view"):
        url = f"{installation.url}/api/runs/{run_id}/{path}"
        status, _, body = fetch(url, headers={"Cookie": cookies})
        assert status == 200 and json.loads(body)
        assert FAULT.encode() not in body and b'"fault"' not in body
    named(page, OTHER)
    expect(page.get_by_text("It is not “")).to_be_visible()
    button(page, "Hint (0 of 3)").click()
    expect(page.get_by_text("where is the diagonal?")).to_be_visible()
    named(page, FAULT)
    expect(page.get_by_text("Found at try 2, with 1 hints.")).to_be_visible()
    button(page, "Cure it").click()
    expect(page.get_by_role("heading", name="Before and after")).to_be_visible()
    expect(page.locator(".legend")).to_contain_text("(cured)")
    expect(page.get_by_text("Validation pictures called one class too high, cured")).to_be_visible()
    page.reload()
    expect(page.locator(".legend")).to_contain_text("(cured)")
    assert sorted("fault" in row.config for row in installation.runs()[:2]) == [False, True]
    settled(page)
    found = page.get_by_text(f"1 of {len(FAULTS)}")
    insist(button(page, "The clinic").click, lambda: expect(found).to_be_visible(timeout=MOMENT))
