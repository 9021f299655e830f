"""Who works in the demo and whom they sell to. All people and companies are invented."""

from __future__ import annotations

from typing import NamedTuple


class Rep(NamedTuple):
    """A rep and how they work; the figures are choices that give the reports something to show."""

    id: str
    name: str
    team: str
    pace: float
    """How long they take between actions, as a multiple of the usual."""
    winning: float
    """Chance that a deal that is worked to its end is won."""
    forgetful: float
    """Chance that a deal is left alone at some stage."""
    careless: float
    """Chance that a note says nothing, or what the last one said."""


class Lead(NamedTuple):
    """A manager, the director, or whoever runs the installation."""

    id: str
    name: str
    role: str
    team: str | None
    manager: str | None


REPS = (
    Rep("lin-yue", "Lin Yue", "east", 0.7, 0.60, 0.08, 0.02),
    Rep("chen-bo", "Chen Bo", "east", 1.0, 0.45, 0.20, 0.10),
    Rep("he-jing", "He Jing", "east", 1.3, 0.40, 0.15, 0.05),
    Rep("zhou-min", "Zhou Min", "south", 0.9, 0.50, 0.10, 0.05),
    Rep("xu-hao", "Xu Hao", "south", 1.6, 0.35, 0.30, 0.45),
    Rep("ma-li", "Ma Li", "south", 1.0, 0.45, 0.15, 0.10),
)

LEADS = (
    Lead("zhao-jun", "Zhao Jun", "director", None, None),
    Lead("wu-lan", "Wu Lan", "manager", "east", "zhao-jun"),
    Lead("sun-wei", "Sun Wei", "manager", "south", "zhao-jun"),
    Lead("an-ning", "An Ning", "ops", None, None),
)

MANAGER_OF_TEAM = {lead.team: lead.id for lead in LEADS if lead.team}

PLACES = (
    "Suzhou", "Wuxi", "Ningbo", "Dongguan", "Foshan", "Qingdao", "Changzhou", "Hefei", "Jiaxing",
    "Zhuhai", "Xiamen", "Nantong", "Taizhou", "Huizhou", "Weifang", "Shaoxing",
)  # fmt: skip
NAMES = (
    "Jingwei", "Anda", "Haitong", "Dongfang", "Qiming", "Hengxin", "Kaida", "Ruifeng", "Mingyang",
    "Tianyu", "Shengli", "Jinlong", "Huaxing", "Yongtai",
)  # fmt: skip
TRADES = (
    "Optics", "Bearings", "Plastics", "Die Casting", "Medical", "Textiles", "Foundry", "Packaging",
    "Electronics", "Automotive Parts", "Ceramics", "Hydraulics",
)  # fmt: skip
MACHINES = (
    "Injection press", "Five-axis mill", "Laser cutter", "Laser welder", "Packing line",
    "CNC lathe", "Test bench", "Paint robot", "Air compressor", "Coordinate measuring machine",
)  # fmt: skip
SURNAMES = ("Gao", "Liang", "Shen", "Tang", "Feng", "Yu", "Dong", "Xiao", "Cheng", "Cao")
NEEDS = (
    "Cycle time under 20 seconds",
    "Two shifts, scrap below one percent",
    "Replace a machine of 2009 before the summer",
    "A second line for a new customer",
    "Less noise: the plant borders on a school",
)
HOLDS = ("plant closed for stocktaking", "budget is released next quarter", "buyer on leave")
NOTES = (
    "They asked about {}. {} wants an answer by Friday.",
    "{} is what matters; {} compares us with two others.",
    "Went through {} with {}; both open points are on our side.",
    "{} was the question again. {} will call the plant manager.",
    "Agreed on {}. {} sends the drawings this week.",
    "No doubt left about {}; {} asks for a reference nearby.",
)
TOPICS = (
    "delivery before the summer", "spare parts", "the second shift", "training of operators",
    "the foundation", "noise", "payment in three parts", "the warranty", "energy use", "scrap",
)  # fmt: skip
PLACEHOLDERS = ("ok", "-", "done", "同上")
COPIED = "Talked to the customer, everything is fine so far."
LOSSES = ("price", "a competitor delivered sooner", "project postponed", "bought second-hand")
