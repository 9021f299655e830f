"""The figures of the two real logs, computed a second time and by other means.

Shares nothing with the product: pandas over the source files, lifelines for Kaplan-Meier,
statsmodels for Aalen-Johansen and for the intervals of ratios, numpy for plain quantiles.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times
from numpy.typing import NDArray
from statsmodels.duration.survfunc import CumIncidenceRight
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

Row = dict[str, object]
Tables = dict[str, list[Row]]

AUTOMATIC = "112"
STAGES = {"A_SUBMITTED": "submitted", "A_PREACCEPTED": "preaccepted"}
STAGES |= {"A_ACCEPTED": "accepted", "A_FINALIZED": "offered"}
ENDS = {"A_APPROVED": 1, "A_DECLINED": 2, "A_CANCELLED": 3}
ACTIONS = {"O_SENT": "send-quote", "W_Nabellen incomplete dossiers": "call-incomplete-file"}
ACTIONS |= {"O_SENT_BACK": "quote-returned", "W_Valideren aanvraag": "validate-application"}
ACTIONS |= {"W_Afhandelen leads": "handle-lead", "W_Nabellen offertes": "call-after-offer"}
ACTIONS |= {"W_Completeren aanvraag": "complete-application", "W_Beoordelen fraude": "assess-fraud"}
ACTIONS |= {"W_Wijzigen contractgegevens": "change-contract-data"}


@dataclass(frozen=True)
class Log:
    """A source as it was known at `as_of`, and the window that is asked for.

    A deal's `ending`: 1 won, 2 lost, 3 dropped, 0 open. A visit has its deal's columns and a
    `code` of its exit: the same, but 1 is also forward. No deal ever returns or is reopened.
    """

    deals: pd.DataFrame
    visits: pd.DataFrame
    stages: list[str]
    zone: str
    as_of: pd.Timestamp
    window: tuple[str, str]
    horizon: float

    def within(self, table: pd.DataFrame, name: str) -> pd.DataFrame:
        """Give the rows of which this instant lies in the window; a missing one does not."""
        first, last = (pd.Timestamp(day, tz=self.zone) for day in self.window)
        return table[(table[name] >= first) & (table[name] < last)]

    def entered(self) -> list[tuple[str, pd.DataFrame]]:
        """Give each stage with the visits that were entered in the window."""
        visits = self.within(self.visits, "entry")
        return [(stage, visits[visits["stage"] == stage]) for stage in self.stages]

    def days(self, start: pd.Series, stop: pd.Series | None = None) -> NDArray[np.float64]:
        """Give the days from start to stop, or to `as_of` where nothing stopped it yet."""
        until = self.as_of if stop is None else stop.fillna(self.as_of)
        return (until - start).to_numpy("timedelta64[us]").astype(np.int64) / 86_400_000_000


def row(names: str, *values: object) -> Row:
    """Name the values of one row."""
    return dict(zip(names.split(), values, strict=True))


def counts(code: pd.Series) -> list[int]:
    """Count won (or advanced), lost, dropped and open."""
    return [int((code == each).sum()) for each in (1, 2, 3, 0)]


def share(part: int, whole: int) -> tuple[float | None, float | None, float | None]:
    """Give a ratio and its Wilson interval."""
    if not whole:
        return None, None, None
    low, high = proportion_confint(part, whole, method="wilson")
    return part / whole, float(low) if part else 0.0, float(high) if part < whole else 1.0


def quantile(values: NDArray[np.float64], p: float) -> float | None:
    """Give the smallest value that has a share of at least p at or below it."""
    return float(np.quantile(values, p, method="inverted_cdf")) if len(values) else None


def incidence(time: NDArray[np.float64], code: pd.Series, at: float) -> list[float | None]:
    """Give Aalen-Johansen's incidence of causes 1, 2 and 3 (0 is censored) at a day."""
    status = code.to_numpy(np.int64)
    if not len(time) or (time.max() < at and (status[time == time.max()] == 0).any()):
        return [None] * 3
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        curve = CumIncidenceRight(time, status)
    reached: list[float | None] = [float(c[curve.times <= at].max(initial=0)) for c in curve.cinc]
    return [*reached, 0.0, 0.0, 0.0][:3]


def tempo(log: Log, start: pd.Series, stop: pd.Series) -> Row:
    """Give Kaplan-Meier's quantiles of the days from start to stop."""
    ended = stop.notna()
    times: list[float | None] = [None] * 5
    if len(start):
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            fitter = KaplanMeierFitter().fit(log.days(start, stop), ended)
            low, high = median_survival_times(fitter.confidence_interval_).iloc[0]
            p50, p75, p90 = (fitter.percentile(1 - p + 1e-9) for p in (0.5, 0.75, 0.9))
        times = [float(t) if math.isfinite(t) else None for t in (p50, low, high, p75, p90)]
    names = "n ended_n open_n p50_days p50_low_days p50_high_days p75_days p90_days"
    return row(names, len(start), int(ended.sum()), int((~ended).sum()), *times)


def pipeline(log: Log) -> list[Row]:
    """Tell what stands where at `as_of`, and since when."""
    names = "stage n dated_n amountless_n age_p50_days age_p75_days age_max_days"
    rows = []
    for stage in log.stages:
        here = log.visits[(log.visits["stage"] == stage) & (log.visits["code"] == 0)]
        age = log.days(here["entry"].dropna())
        ages = (quantile(age, p) for p in (0.5, 0.75, 1))
        rows.append(row(names, stage, len(here), len(age), int(here["amount"].isna().sum()), *ages))
    return rows


def conversion(log: Log, stage: str, cohort: pd.DataFrame) -> Row:
    """Tell how many of those who entered a stage in the window went on."""
    n, entry, code = len(cohort), cohort["entry"], cohort["code"]
    names = "stage n advanced_n lost_n dropped_n open_n advanced_ratio advanced_low advanced_high"
    went = row(names, stage, n, *counts(code), *share(counts(code)[0], n))
    names = "advanced_by_horizon lost_by_horizon dropped_by_horizon won_n won_by_horizon"
    by_exit = incidence(log.days(entry, cohort["exit"]), code, log.horizon)
    won = incidence(log.days(entry, cohort["end"]), cohort["ending"], log.horizon)[0]
    went |= row(names, *by_exit, counts(cohort["ending"])[0], won)
    mature = (code > 0) | (log.days(entry) >= log.horizon)
    return went | {"mature_ratio": share(int(mature.sum()), n)[0]}


def closed(log: Log) -> list[Row]:
    """Compare each owner at the end with all the others; the automatic one stands apart."""
    names = "key n won_n lost_n dropped_n win_ratio win_low win_high rest_n"
    names += " win_diff win_diff_low win_diff_high"
    ended = log.within(log.deals, "end")
    rows = []
    for key, own in ended.groupby("owner")["ending"]:
        rest = ended["ending"][~ended["owner"].isin([key, AUTOMATIC]) & (key != AUTOMATIC)]
        n, rest_n, won, rest_won = len(own), len(rest), counts(own)[0], counts(rest)[0]
        contrast: list[float | None] = [None] * 3
        if rest_n:
            pair = (won, n, rest_won, rest_n)
            low, high = confint_proportions_2indep(*pair, method="newcomb", compare="diff")
            contrast = [won / n - rest_won / rest_n, float(low), float(high)]
        rows.append(row(names, key, n, *counts(own)[:3], *share(won, n), rest_n, *contrast))
    return rows


def segments(log: Log, segment: str) -> list[Row]:
    """Give the win ratio of each value of a segment, over the deals that ended in the window."""
    names = "segment key n won_n win_ratio"
    groups = log.within(log.deals, "end").groupby("segment")["ending"]
    keys = [(key, len(own), counts(own)[0]) for key, own in groups]
    return [row(names, segment, key, n, won, share(won, n)[0]) for key, n, won in keys]


def months(log: Log) -> list[Row]:
    """Give the figures of each calendar month of the window that begins before `as_of`."""
    names = "period new_leads_n won_n closed_n cycle_mean_days cycle_p50_days won_amount_minor"
    starts = pd.date_range(*log.window, freq="MS", tz=log.zone, inclusive="left")
    rows = []
    for start in starts[starts < log.as_of]:
        stop = start + pd.offsets.MonthBegin()
        new, gone = (log.deals[name].between(start, stop, "left") for name in ("opened", "end"))
        won = log.deals[gone & (log.deals["ending"] == 1)]
        taken = log.days(won["opened"], won["end"])
        mean = math.fsum(taken) / len(taken) if len(taken) else None
        figures = (len(won), int(gone.sum()), mean, quantile(taken, 0.5), int(won["amount"].sum()))
        rows.append(row(names, f"{start:%Y-%m}", int(new.sum()), *figures))
    return rows


def common(log: Log, segment: str) -> Tables:
    """Give the tables that both sources have."""
    opened, stays = log.within(log.deals, "opened"), log.entered()
    return {
        "pipeline": pipeline(log),
        "conversion": [conversion(log, stage, cohort) for stage, cohort in stays],
        "to_close": [tempo(log, opened["opened"], opened["end"])],
        "in_stage": [{"stage": s} | tempo(log, stay["entry"], stay["exit"]) for s, stay in stays],
        "closed": closed(log),
        "segments": segments(log, segment),
        "month": months(log),
    }


def maven(folder: Path, as_of: str, first: str, last: str, horizon: float) -> Tables:
    """Compute the figures of maven_crm: a row a deal, with two dates and no history."""
    now = pd.Timestamp(as_of).tz_convert("UTC")
    file = pd.read_csv(folder / "sales_pipeline.csv")
    opened, end = (pd.to_datetime(file[name], utc=True) for name in ("engage_date", "close_date"))
    end = end.where(end <= now)
    ending = file["deal_stage"].map({"Won": 1, "Lost": 2}).where(end.notna()).fillna(0).astype(int)
    undated = file["deal_stage"] == "Prospecting"
    end = end.where(end.isna() | (end >= opened), opened)
    table = pd.DataFrame({"deal": file["opportunity_id"], "owner": file["sales_agent"]})
    table = table.assign(opened=opened, entry=opened, end=end, exit=end, ending=ending, code=ending)
    table["stage"] = undated.map({True: "prospecting", False: "engaging"})
    table["segment"] = file["product"].replace("GTXPro", "GTX Pro")
    table["amount"] = file["close_value"].where(end.notna()) * 100
    table = table[(opened <= now) | (undated & (now >= pd.Timestamp("2017-12-31", tz="UTC")))]
    stages = ["prospecting", "engaging"]
    return common(Log(table, table, stages, "UTC", now, (first, last), horizon), "product")


def bpic(folder: Path, as_of: str, first: str, last: str, horizon: float) -> Tables:
    """Compute the figures of bpic2012: an event log, ordered by event_no within a case."""
    now = pd.Timestamp(as_of).tz_convert("UTC")
    events = bpic_events(folder, now)
    deals = bpic_deals(folder, events)
    visits = events[events["activity"].isin(STAGES)].merge(deals, on="deal")
    later = visits.groupby("deal")["at"].shift(-1)
    visits["code"] = visits["ending"].where(later.isna(), 1)
    visits = visits.assign(entry=visits["at"], exit=later.fillna(visits["end"]))
    log = Log(deals, visits, [*STAGES.values()], "Europe/Amsterdam", now, (first, last), horizon)
    done = events[events["activity"].isin(ACTIONS) & (events["lifecycle"] == "COMPLETE")]
    done = done.assign(action=done["activity"].map(ACTIONS))
    tables = {"actions": actions(log, done), "follow_ups": follow_ups(log, done)}
    return common(log, "band") | tables | {"first_action": [first_action(log, done)]}


def bpic_events(folder: Path, now: pd.Timestamp) -> pd.DataFrame:
    """Read what is known of each case, up to its end: later events change no figure."""
    events = pd.read_csv(folder / "events_2011q4.csv.gz", dtype={"resource": str})
    events = events.rename(columns={"case_id": "deal"}).sort_values(["deal", "event_no"])
    events["at"] = pd.to_datetime(events["timestamp"], utc=True, format="ISO8601")
    events = events[events["at"] <= now]
    end = events["activity"].isin(ENDS).astype(int)
    events = events[end.groupby(events["deal"]).cumsum() == end]
    stage = events["activity"].map(STAGES).groupby(events["deal"]).ffill()
    return events.assign(stage=stage, person=events["resource"].replace(AUTOMATIC, None))


def bpic_deals(folder: Path, events: pd.DataFrame) -> pd.DataFrame:
    """Give each case its opening, end, owner and amount."""
    people = events.dropna(subset="person")
    work = people["activity"].str.startswith("W_")
    owner = people[~work].groupby("deal")["person"].last()
    owner = owner.combine_first(people[work].groupby("deal")["person"].first())
    cases = pd.read_csv(folder / "cases_2011q4.csv").set_index("case_id")["amount_requested"]
    bands = ["under-5000", "5000-9999", "10000-19999", "20000-up"]
    limits = [-math.inf, 5000, 10000, 20000, math.inf]
    ends = events[events["activity"].isin(ENDS)].set_index("deal")
    deals = events.groupby("deal")["at"].first().to_frame("opened")
    deals = deals.assign(end=ends["at"], ending=ends["activity"].map(ENDS), owner=owner)
    deals = deals.fillna({"ending": 0, "owner": AUTOMATIC}).astype({"ending": int})
    segment = pd.cut(cases, limits, right=False, labels=bands).astype(str)
    return deals.assign(amount=cases * 100, segment=segment).reset_index()


def actions(log: Log, done: pd.DataFrame) -> list[Row]:
    """Tell how often each action was done in a stage, and how deals with and without it ended."""
    names = "stage action done_n deals_n with_n with_won_n without_n without_won_n"
    rows = []
    for stage, stays in log.entered():
        here = done[(done["stage"] == stage) & done["deal"].isin(stays["deal"])]
        decided = stays[stays["ending"] > 0]
        for action, acts in here.groupby("action")["deal"]:
            having = decided["deal"].isin(acts)
            has, lacks = decided["ending"][having], decided["ending"][~having]
            figures = (len(has), counts(has)[0], len(lacks), counts(lacks)[0])
            rows.append(row(names, stage, action, len(acts), acts.nunique(), *figures))
    return rows


def first_action(log: Log, done: pd.DataFrame) -> Row:
    """Tell how soon after the opening a person acted, against ending without it."""
    opened = log.within(log.deals, "opened")
    acted = opened["deal"].map(done.dropna(subset="person").groupby("deal")["at"].first())
    code = opened["ending"].clip(upper=1).mul(2).where(acted.isna(), 1)
    time = log.days(opened["opened"], acted.fillna(opened["end"]))
    acted_n, ended_n, _, open_n = counts(code)
    by = (incidence(time, code, at)[0] for at in (1, 3, 7))
    names = "n acted_n ended_without_n open_n acted_by_1d acted_by_3d acted_by_7d"
    return row(names, len(opened), acted_n, ended_n, open_n, *by)


def follow_ups(log: Log, done: pd.DataFrame) -> list[Row]:
    """Tell what became of deals after their k-th follow-up."""
    names = "k n won_n decided_n win_ratio won_by_horizon"
    calls = done[done["action"] == "call-after-offer"]
    groups = calls.merge(log.within(log.deals, "opened"), on="deal").groupby("deal")
    rows = []
    for k in range(1, 11):
        kth = groups.nth(k - 1)
        won, decided = counts(kth["ending"])[0], int((kth["ending"] > 0).sum())
        by = incidence(log.days(kth["at"], kth["end"]), kth["ending"], log.horizon)[0]
        rows.append(row(names, k, len(kth), won, decided, share(won, decided)[0], by))
    return rows
