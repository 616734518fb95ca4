"""What other settings would change, as a value."""

from __future__ import annotations

from tests.helpers import samples

from whoasks.core.setting_changes import Change


def test_it_can_be_told_apart_and_counted():
    assert samples.change() == samples.change()
    assert len({samples.change(), samples.change(), samples.change(rule="meta-query")}) == 2
    assert Change.__struct_fields__[:4] == ("change", "rule", "before", "after")
