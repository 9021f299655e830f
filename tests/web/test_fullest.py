"""Which stages a sheet of paper lists, and what it says of the others."""

from typing import NamedTuple

from web.fullest import Listed, fullest


class Stood(NamedTuple):
    """A stage with deals."""

    playbook: str
    id: str
    n: int


THIN = (Stood("thin", "a", 1), Stood("thin", "b", 2))
FULL = (Stood("full", "a", 5), Stood("full", "b", 9), Stood("full", "c", 7))


def listed(most: int, spoken_of: Stood | None = None) -> Listed[Stood]:
    return fullest(
        (*THIN, *FULL),
        most,
        playbook=lambda one: one.playbook,
        n=lambda one: one.n,
        spoken_of=spoken_of,
    )


def test_where_all_fit_the_fullest_playbook_comes_first_and_nothing_is_left_out() -> None:
    found = listed(5)
    assert found == Listed((*FULL, *THIN), playbooks_n=2, more_n=0, more_deals_n=0, more_of=None)


def test_of_a_playbook_that_does_not_fit_the_fullest_stages_are_listed_in_their_order() -> None:
    found = listed(4)
    assert found.shown == (*FULL, THIN[1])
    assert (found.more_n, found.more_deals_n, found.more_of) == (1, 1, "thin")
    assert listed(2).shown == FULL[1:]
    assert (listed(2).more_n, listed(2).more_deals_n, listed(2).more_of) == (3, 8, "full")


def test_the_stage_that_is_spoken_of_is_listed_however_few_deals_it_has() -> None:
    assert listed(1, spoken_of=FULL[0]).shown == (FULL[0],)
    assert listed(3, spoken_of=THIN[0]).shown == (*THIN, FULL[1])


def test_no_stages_are_no_list() -> None:
    none: tuple[Stood, ...] = ()
    found = fullest(none, 5, playbook=lambda one: one.playbook, n=lambda one: one.n)
    assert found == Listed((), playbooks_n=0, more_n=0, more_deals_n=0, more_of=None)
