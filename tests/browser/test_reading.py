"""The ways in which the pages are read: on paper, on a telephone, with the keyboard alone, without script."""

import pytest

from .test_site import PAGES, faults

#: What is beyond the right edge of a page: A4 and Letter upright have room for 680 px, and for 940 on their side.
CUT = """() => {
  const room = getComputedStyle(document.body).page == "wide" ? 940 : 680;
  const cut = part => part.getBoundingClientRect().right > room;
  const clipped = part => part.clientWidth && part.scrollWidth > part.clientWidth + 1;
  return [...document.querySelectorAll(".bd-article :is(td, th, img, pre, p, dd)")]
    .filter(part => part.getClientRects().length && (cut(part) || clipped(part)))
    .map(part => `${part.tagName}: ${part.textContent.slice(0, 60)}`);
}"""
#: What around the article loses the end of a page on paper: a flex box or one that scrolls, when it is cut into pages.
LOSES = """() => {
  const around = [];
  for (let box = document.querySelector(".bd-article")?.parentElement; box; box = box.parentElement) around.push(box);
  return around.filter(box => (style => style.display != "block" || style.overflow != "visible")(getComputedStyle(box)))
    .map(box => box.className || box.tagName);
}"""
CONTRAST = """part => {
  const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, at) => sum + [0.2126, 0.7152, 0.0722][at] * value, 0.05);
  const { color, backgroundColor } = getComputedStyle(part), [one, other] = [light(color), light(backgroundColor)];
  return Math.max(one, other) / Math.min(one, other);
}"""
#: What has the focus; nothing once the walk is round.
FOCUS = """() => {
  const part = document.activeElement, there = part.getBoundingClientRect();
  if (part == document.body || part.reached) return null;
  part.reached = true;
  const head = part.closest(".bd-header") ? null : document.querySelector(".bd-header");
  const rings = [part, part.closest("form")].filter(Boolean).map(ring => getComputedStyle(ring));
  return {
    html: part.outerHTML.slice(0, 160),
    seen: there.width > 0 && there.right > 0 && there.left < innerWidth && there.top < innerHeight
      && there.bottom > (head ? head.getBoundingClientRect().bottom : 0),
    ring: rings.some(({ outlineStyle, boxShadow }) => outlineStyle != "none" || boxShadow != "none"),
  };
}"""
NOT_REACHED = """() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")]
  .filter(part => part.tabIndex >= 0 && !part.reached && part.checkVisibility({visibilityProperty: true}))
  .filter(part => !part.closest("details:not([open]) > :not(summary)"))
  .map(part => part.outerHTML.slice(0, 160))"""


def test_paper_loses_no_column_and_shows_what_is_folded(browser, site):
    with browser.new_context(viewport={"width": 680, "height": 900}) as context:
        page = context.new_page()
        page.emulate_media(media="print")
        for name in PAGES:
            page.set_viewport_size({"width": 940 if name == "passages.html" else 680, "height": 900})
            page.goto(site + name)
            assert page.evaluate(CUT) == [], name
            assert page.evaluate(LOSES) == [], name
        for name, folded in (("respondents/iaea", "details.place p"), ("data", "details table")):
            page.goto(f"{site}{name}.html")
            assert page.locator(folded).count() > 5
            assert all(part.is_visible() for part in page.locator(folded).all())
            assert not page.locator(".bd-header").is_visible()


def test_what_is_wider_than_a_telephone_shows_that_it_scrolls(browser, site):
    fades = "box => [box.scrollWidth > box.clientWidth, getComputedStyle(box).getPropertyValue('--right') != '0px']"
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{site}01_who_replied.html")
        boxes = page.locator(".bd-article :is(.pst-scrollable-table-container, figure)").all()
        found = [box.evaluate(fades) for box in boxes]
        assert [True, True] in found
        assert [False, False] in found
        assert all(wider == fading for wider, fading in found)
        box = page.locator("figure").first
        box.evaluate("box => { box.scrollLeft = 9999 }")
        page.wait_for_timeout(200)
        assert box.evaluate(fades) == [True, False]


def test_the_answer_is_in_sight_on_a_telephone(browser, site):
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        for name in ("states", "instruments", "actors"):
            page.goto(f"{site}{name}.html")
            boxes = page.locator(".pst-scrollable-table-container").all()
            assert boxes
            assert not [box for box in boxes if box.evaluate("box => box.scrollWidth > box.clientWidth")], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_link_leads_to_stands_out_and_can_be_read(browser, site, scheme):
    """A passage by its own heading alone, a row by all its cells."""
    for address in ("respondents/slv.html#slv.11", "states.html#cze", "instruments.html#npt", "actors.html#iaea"):
        assert not faults(browser, site + address, (1280,), (scheme,))[0], address
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(f"{site}respondents/slv.html#slv.11")
        heads = page.locator(":target > :is(h3, h4)").all()
        assert heads[0].evaluate(CONTRAST) > 4.5  # axe is silent on it, for the line beside the passage is a shadow
        own, *others = [head.evaluate("head => getComputedStyle(head).backgroundColor") for head in heads]
        assert others
        assert own != "rgba(0, 0, 0, 0)"
        assert set(others) == {"rgba(0, 0, 0, 0)"}


@pytest.mark.parametrize(("width", "script"), [(1280, True), (390, True), (1280, False)])
def test_what_has_the_focus_is_seen(browser, site, width, script):
    """With the keyboard alone every link, field and fold is reached, in sight, with a ring around it."""
    with browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script) as context:
        page = context.new_page()
        for name in ("01_who_replied", "respondents/iaea", "data", "compare"):
            page.goto(f"{site}{name}.html")
            page.keyboard.press("Tab")
            assert "Skip to main content" in page.evaluate(FOCUS)["html"]  # which takes its time to come in
            page.keyboard.press("Tab")
            while stop := page.evaluate(FOCUS):
                assert stop["seen"], (name, stop)
                assert stop["ring"], (name, stop)
                page.keyboard.press("Tab")
            assert page.evaluate(NOT_REACHED) == [], name


def test_without_script_a_page_has_its_colours(browser, site):
    for scheme in ("light", "dark"):
        with browser.new_context(color_scheme=scheme, java_script_enabled=False) as context:
            page = context.new_page()
            page.goto(f"{site}01_who_replied.html")
            link, text, back = (
                page.locator(where).first.evaluate(f"part => getComputedStyle(part)[{what!r}]")
                for where, what in (
                    (".bd-article a[href*='#']", "color"),
                    (".bd-article p", "color"),
                    ("body", "background-color"),
                )
            )
            assert link != text
            assert back == "rgb(255, 255, 255)"
