"""What is named as different between two versions of a playbook."""

from deals.playbook_changes import changes
from tests.deals.lives import NEWER, playbook


def test_the_same_version_is_no_change() -> None:
    assert changes(playbook(), playbook()) == ()


def test_what_people_are_asked_for_is_named() -> None:
    found = changes(playbook(), playbook(body=NEWER))
    said = [(one.how, one.what, one.name["en"]) for one in found]
    assert said == [
        ("added", "action", "Qualify"),
        ("changed", "due", "Call"),
        ("changed", "due", "Visit"),
        ("removed", "action", "Mail"),
        ("removed", "fact", "Source"),
        ("changed", "usual", "Contact"),
        ("changed", "limit", "Contact"),
        ("changed", "idle", "Contact"),
        ("added", "stage", "Pilot"),
        ("removed", "stage", "Quotation"),
        ("changed", "ladder", "firm"),
    ]
    call = next(one for one in found if one.name["en"] == "Call")
    assert (str(call.before), str(call.after)) == ("3d", "1d")


def test_back_again_adds_what_was_removed() -> None:
    there, back = (
        changes(playbook(), playbook(body=NEWER)),
        changes(playbook(body=NEWER), playbook()),
    )
    other = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(other[one.how], one.what, one.name["en"]) for one in there} == {
        (one.how, one.what, one.name["en"]) for one in back
    }
