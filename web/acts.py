"""What people do on pages: a form is sent, becomes a command, and is answered with a page.

Decides that a form happens once (its key), that one filled in before somebody else moved the deal
is shown again first, and that what was typed is never lost. Must never decide whether a command may
happen; the core does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from api import commands, escalations
from api.backing import Backing, Standing
from api.files import MAX_FILE, safe_name, safe_type
from api.payloads import digest_of
from api.problems import Problem
from api.sending import Call, counted
from api.verbs import Verb
from deals.deal import Actor, Deal
from deals.events import Event
from deals.playbook import Playbook
from deals.refusals import Code, Refused
from gateway import EngineUnavailable
from ledger.deals import deal_state
from ledger.escalations import find_escalation
from ledger.files import store_file
from ledger.timeline import timeline
from web.given import ANSWERS, READINGS, BadField, Fields, Form, Reading
from web.page import page
from web.reader import Looking, Reader
from web.start import own_address
from workflows.became import Accepted, Became

router: Final = APIRouter(include_in_schema=False)

_VERBS: Final = {verb.path: verb for verb in (*commands.VERBS, *escalations.VERBS)}

_CONCERNS: Final = frozenset(
    {
        *("stage_entered", "deal_assigned", "deal_claimed", "deal_pooled", "hold_placed"),
        *("deal_won", "deal_lost", "deal_dropped", "deal_reopened", "action_recorded"),
    }
)
"""What somebody else may have done that whoever fills in a form has to know first."""

_MOST_EVENTS: Final = 50
"""Events that are looked through for such. A choice."""

_PASSING: Final = frozenset({"done", "taken", "deal", "open", "why"})
"""What an address says of one moment only."""


@router.post("/deals/{deal_id}/{verb}")
async def act(
    request: Request, deal_id: str, verb: str, reader: Looking, backing: Standing
) -> Response:
    """A command on a deal."""
    if verb not in READINGS:
        raise Problem("unknown_route", facts={"path": request.url.path})
    form = await typed(request, backing, reader)
    act = await act_on(request, reader, backing, deal_id, verb, form)
    return await _answered(act, READINGS[verb])


@router.post("/escalations/{escalation_id}/{verb}")
async def reply(
    request: Request, escalation_id: str, verb: str, reader: Looking, backing: Standing
) -> Response:
    """An answer to an escalation."""
    found = await find_escalation(backing.ledger, escalation_id)
    if verb not in ANSWERS or found is None:
        raise Refused(Code.UNKNOWN_ESCALATION, escalation=escalation_id)
    form = await typed(request, backing, reader)
    act = await act_on(request, reader, backing, found.deal_id, verb, form)
    return await _answered(act, ANSWERS[verb], escalation=escalation_id)


@dataclass(frozen=True, slots=True)
class Act:
    """A form that was sent, and the deal it is about."""

    request: Request
    reader: Reader
    backing: Backing
    deal: Deal
    playbook: Playbook
    verb: Verb
    form: Form

    async def page(self, template: str, status: int, **told: Any) -> Response:
        """A page that says what came of it, with everything that was typed."""
        told |= {"deal": self.deal, "playbook": self.playbook, "kept": self.form}
        return await page(self.request, self.reader, template, status=status, **told)


async def act_on(
    request: Request, reader: Reader, backing: Backing, deal_id: str, verb: str, form: Form
) -> Act:
    """A command on a deal, as a form says it.

    Raises:
        Refused: `unknown_deal`.
    """
    deal = await deal_state(backing.ledger, deal_id)
    if deal is None:
        raise Refused(Code.UNKNOWN_DEAL, deal=deal_id)
    playbook = await backing.shelf.find(deal.playbook.id, deal.playbook.version)
    return Act(request, reader, backing, deal, playbook, _VERBS[verb], form)


async def _answered(act: Act, reading: Reading, **more: str) -> Response:
    """The page the form was on; or the refusal, and what was typed."""
    if changed := await _changed(act):
        return await act.page("stale", 409, changed=changed)
    try:
        became = await sent(act, reading(act.form, act.deal, act.playbook) | more)
    except BadField as fault:
        return await act.page("bad_field", 422, field=fault.field)
    except ValidationError as fault:
        where = fault.errors()[0]["loc"]
        return await act.page("bad_field", 422, field=str(where[0]) if where else "")
    except Refused as refused:
        return await act.page("refused", 409, code=refused.code.value, facts=refused.facts)
    except EngineUnavailable:
        return await act.page("no_engine", 503)
    how = "taken" if isinstance(became, Accepted) else "done"
    return RedirectResponse(_back(act.form, act.deal.id, how), status_code=303)


async def typed(request: Request, backing: Backing, reader: Reader) -> dict[str, str]:
    """What was typed; files are kept and stand there by their ids."""
    found: dict[str, str] = {}
    async with request.form(max_files=5, max_part_size=MAX_FILE) as form:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                found[name] = value.strip().replace("\x00", "")
            elif content := await value.read():
                stored = await store_file(
                    backing.ledger,
                    safe_name(value.filename or ""),
                    safe_type(value.content_type or ""),
                    content,
                    now=reader.now,
                )
                found[name] = stored.id
    return found


async def _changed(act: Act) -> tuple[Event, ...]:
    """What others did to the deal since the form was shown; empty if it may be sent."""
    seen = act.form.get("seq", "")
    if not seen.isdecimal() or int(seen) >= act.deal.seq:
        return ()
    since = await timeline(act.backing.ledger, act.deal.id, after=int(seen), limit=_MOST_EVENTS)
    me = act.reader.person.id
    return tuple(one for one in since if one.kind in _CONCERNS and one.actor.id != me)


async def sent(act: Act, fields: Fields) -> Became:
    """What the command came to.

    Raises:
        Refused, EngineUnavailable: as `gateway.Gateway.submit` says.
        Problem: it names a person or a file that cannot be meant.
        ValidationError: a field does not fit.
    """
    person, verb = act.reader.person, act.verb
    if verb.fill:
        fields |= await verb.fill(act.backing, Call(act.deal.id, fields, person))
    said = {name: value for name, value in act.form.items() if name not in {"seq", "back"}}
    command = verb.command(
        **fields,
        command_id=act.form.get("key") or "",
        digest=digest_of(act.request.method, act.request.url.path, said),
        actor=Actor(id=person.id, role=person.role),
    )
    submission = act.backing.engine.submit(act.deal.id, command, repeatable=True)
    return await counted(act.backing, command.kind, submission)


def _back(form: Form, deal_id: str, how: str) -> str:
    """The page the form was on, with word of what came of it."""
    given = urlsplit(own_address(form.get("back", "")))
    kept = [one for one in parse_qsl(given.query) if one[0] not in _PASSING]
    return f"{given.path}?{urlencode([*kept, (how, '1'), ('deal', deal_id)])}"
