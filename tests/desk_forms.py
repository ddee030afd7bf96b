"""Reads the forms of a page as a browser would send them."""

import re


def fields_of(page: str, move: str) -> dict[str, str]:
    """The hidden fields of the form of a move, as a browser would send them."""
    form = re.search(rf'<form[^>]*id="{move}-\d+".*?</form>', page, re.DOTALL)
    assert form, f"no form for {move}"
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[0]))


def forms_on(page: str) -> set[str]:
    """The moves that a page has forms for."""
    return set(re.findall(r'<input type="hidden" name="move" value="(\w+)">', page))
