"""A small hand-made run: two lines, two employers, numbers chosen to be read at a glance."""

from __future__ import annotations

from network.base import Figure, SourceClass
from scenarios.after.results import (
    AfterPlan,
    ComplianceRow,
    EmployerView,
    NewPeak,
    NewPeaks,
    OtherSlot,
    ReboundRow,
    Regime,
    TeamEffect,
)
from scenarios.results import (
    EntryComparison,
    EntryErrors,
    EntryRow,
    LineProfile,
    MapSegment,
    PlanSummary,
    RunResult,
    SegmentLoad,
    SensitivityRow,
    Situation,
    SourceLine,
    TeamMove,
)
from scenarios.schema import Scenario

LINE_13 = (
    ("Saint-Denis Université", 48.9458, 2.3642),
    ("Basilique de Saint-Denis", 48.9366, 2.3596),
    ("Saint-Denis - Porte de Paris", 48.9299, 2.3563),
    ("Carrefour Pleyel", 48.9196, 2.3437),
    ("Mairie de Saint-Ouen", 48.9120, 2.3337),
    ("Garibaldi", 48.9065, 2.3319),
    ("Porte de Saint-Ouen", 48.8976, 2.3292),
    ("Guy Môquet", 48.8930, 2.3275),
    ("La Fourche", 48.8875, 2.3257),
    ("Place de Clichy", 48.8834, 2.3273),
    ("Saint-Lazare", 48.8755, 2.3265),
)
LINE_D = (
    ("Villiers-le-Bel", 48.9940, 2.4173),
    ("Garges - Sarcelles", 48.9769, 2.3908),
    ("Pierrefitte - Stains", 48.9637, 2.3722),
    ("Saint-Denis", 48.9345, 2.3464),
    ("Stade de France - Saint-Denis", 48.9180, 2.3460),
    ("Gare du Nord", 48.8809, 2.3553),
)
LOADS = {"status_quo": 1.0, "plan": 0.90, "free_response": 0.93, "partial_compliance": 0.96}
WINDOWS = tuple(range(7 * 3600, 10 * 3600, 900))
SHAPE = (0.45, 0.55, 0.66, 0.82, 0.95, 1.0, 0.97, 0.85, 0.70, 0.58, 0.50, 0.42)
HOUR_PAX = {"13": 12_000.0, "D": 14_000.0}
PLACES = {"13": 11_200.0, "D": 20_000.0}
DIRECTION = {"13": "Châtillon - Montrouge", "D": "Melun"}
WATCHED = {
    "13": ("La Fourche", "Place de Clichy"),
    "D": ("Stade de France - Saint-Denis", "Gare du Nord"),
}


def _segment(line: str, factor: float) -> SegmentLoad:
    from_stop, to_stop = WATCHED[line]
    return SegmentLoad(
        line=line,
        direction=DIRECTION[line],
        from_stop=from_stop,
        to_stop=to_stop,
        start_s=8 * 3600 + 900,
        end_s=8 * 3600 + 1800,
        load_pax=HOUR_PAX[line] / 4 * factor,
        capacity_pax=PLACES[line] / 4,
    )


def _curve(line: str, name: str) -> LineProfile:
    from_stop, to_stop = WATCHED[line]
    shape = SHAPE if name == "status_quo" else (*SHAPE[:4], 0.93, 0.93, 0.93, 0.9, *SHAPE[8:])
    return LineProfile(
        line=line,
        direction=DIRECTION[line],
        from_stop=from_stop,
        to_stop=to_stop,
        start_s=WINDOWS,
        load_pax=tuple(HOUR_PAX[line] / 4 * s * LOADS[name] ** 0.3 for s in shape),
        capacity_pax=tuple(PLACES[line] / 4 for _ in WINDOWS),
    )


def _map(factor: float) -> tuple[MapSegment, ...]:
    rows = []
    for line, stops, color in (("13", LINE_13, "6EC4E8"), ("D", LINE_D, "00814F")):
        for i, (a, b) in enumerate(zip(stops, stops[1:], strict=False)):
            share = 0.35 + 0.65 * (i + 1) / (len(stops) - 1)
            for here, there, scale in ((a, b, 1.0), (b, a, 0.35)):
                load = HOUR_PAX[line] / 4 * share * scale * factor
                rows.append(
                    MapSegment(
                        line=line,
                        color=color,
                        lat=(here[1], there[1]),
                        lon=(here[2], there[2]),
                        from_stop=here[0],
                        to_stop=there[0],
                        load_pax=load,
                        load_factor=load / (PLACES[line] / 4),
                    )
                )
    return tuple(rows)


def _situation(name: str) -> Situation:
    factor = LOADS[name]
    segments = tuple(_segment(line, factor) for line in ("13", "D"))
    estimated = SourceClass.ESTIMATED
    return Situation(
        name=name,
        kpis={
            "peak_load_factor": Figure(
                value=segments[0].load_factor,
                unit="passengers per place, fullest quarter hour",
                source_class=estimated,
                low=segments[0].load_factor * 0.95,
                high=segments[0].load_factor * 1.05,
            ),
            "excess_pax_min": Figure(
                value=8_400.0 * factor**6,
                unit="passenger-minutes above 4 per m2",
                source_class=estimated,
            ),
        },
        busiest=segments[:1],
        watched=segments,
        curves=tuple(_curve(line, name) for line in ("13", "D")),
        map_segments=_map(factor),
        assignment_gap=None if name == "plan" else 8.1e-5,
        iterations=None if name == "plan" else 41,
        converged=None if name == "plan" else True,
    )


def _moves() -> tuple[TeamMove, ...]:
    rows = (
        ("mairie", "Mairie illustrée", "etat-civil", "État civil", 180, 95, "09:00", "09:30"),
        ("bureau", "Bureau d'études <A&B>", "plans", "Plans", 420, 310, "09:00", "08:30"),
        ("bureau", "Bureau d'études <A&B>", "calculs", "Calculs", 260, 190, "08:45", "09:15"),
    )
    return tuple(
        TeamMove(
            employer_id=employer_id,
            employer=employer,
            team_id=team_id,
            team=team,
            people=people,
            transit_pax=riders,
            from_s=int(old[:2]) * 3600 + int(old[3:]) * 60,
            to_s=int(new[:2]) * 3600 + int(new[3:]) * 60,
            share=1.0,
        )
        for employer_id, employer, team_id, team, people, riders, old, new in rows
    )


def fake_plan(*, feasible: bool = True) -> PlanSummary:
    """Return a plan that moves three teams, or the plan that could not be made."""
    moves = _moves() if feasible else ()
    return PlanSummary(
        status="optimal" if feasible else "infeasible",
        objective=412_300.0 if feasible else None,
        best_bound=411_100.0 if feasible else None,
        mip_gap=0.00291 if feasible else None,
        engine_bound=412_100.0 if feasible else None,
        rests_on_engine=False,
        status_quo_objective=431_900.0,
        proven_share_of_gain=0.942 if feasible else None,
        seconds=4.2,
        lp_seconds=1.1,
        moves=moves,
        people_moved=sum(m.people for m in moves),
        people_total=9_400.0,
        mean_shift_min=30.0 if feasible else 0.0,
        employer_gain_min={"mairie": 0.31, "bureau": 0.62} if feasible else {},
        reason="" if feasible else "No slot lies inside the core hours of mairie.",
    )


def fake_entries() -> EntryComparison:
    """Return entries of five stations in three hours with errors of known sign."""
    observed = (2_400, 1_250, 800, 5_200, 310)
    rows = tuple(
        EntryRow(
            station=LINE_13[i][0],
            in_territory=i < 3,
            hour=hour,
            observed_pax=value * (1 + 0.2 * (hour - 7)),
            modelled_pax=value * (0.8 + 0.15 * i) * (1 + 0.2 * (hour - 7)),
        )
        for i, value in enumerate(observed)
        for hour in (7, 8, 9)
    )
    return EntryComparison(
        rows=rows,
        overall=EntryErrors(
            stations=5,
            total_error=0.0648,
            mean_abs_error_pax=260.0,
            weighted_abs_error=0.1315,
            correlation=0.971,
        ),
        territory=EntryErrors(
            stations=3,
            total_error=-0.0712,
            mean_abs_error_pax=310.0,
            weighted_abs_error=0.1872,
            correlation=0.902,
        ),
        unmatched=("Gare fictive",),
    )


def _headline() -> dict[str, Figure]:
    values = {
        "free_response_gain_h": (221.0, "hours a day"),
        "planned_gain_h": (325.0, "hours a day, the optimiser's own figure"),
        "partial_compliance_gain_h": (124.0, "hours a day"),
        "crowding_change": (-0.084, "share of crowding cost, free response against status quo"),
        "modelled_trips": (61_000.0, "outward transit trips a day, whole region"),
        "trips_left_out": (57.0, "outward transit trips a day, of pairs too small to model"),
    }
    ranges = {"free_response_gain_h": (180.0, 258.0)}
    return {
        key: Figure(
            value=value,
            unit=unit,
            source_class=SourceClass.ESTIMATED,
            low=ranges.get(key, (None, None))[0],
            high=ranges.get(key, (None, None))[1],
        )
        for key, (value, unit) in values.items()
    }


def _sensitivity() -> tuple[SensitivityRow, ...]:
    return tuple(
        SensitivityRow(
            parameter="shift_cost_per_min",
            value=value,
            unit="minutes of travel per minute moved",
            people_moved=people,
            free_response_gain_h=gain,
            is_default=value == 0.01,
        )
        for value, people, gain in ((0.0, 1_020.0, 262.0), (0.01, 860.0, 221.0), (0.05, 0.0, 0.0))
    )


def fake_after() -> AfterPlan:
    """Return what comes after the plan of :func:`fake_plan`, one row of each kind at least."""
    moves = _moves()
    sheets = tuple(
        EmployerView(
            employer_id=employer_id,
            employer=next(m.employer for m in moves if m.employer_id == employer_id),
            staff=2_000.0,
            moved=sum(m.people for m in moves if m.employer_id == employer_id),
            gain_min=gain_min,
            teams=tuple(
                TeamEffect(
                    team_id=m.team_id,
                    team=m.team,
                    people=m.people,
                    transit_pax=m.transit_pax,
                    from_s=m.from_s,
                    to_s=m.to_s,
                    gain_min=gain_min,
                )
                for m in moves
                if m.employer_id == employer_id
            ),
            other_slots=(OtherSlot(team_id="plans", start_s=8 * 3600, cost_h=0.42),)
            if employer_id == "bureau"
            else (),
            follows=((0.0, 210.0), (0.5, 270.0), (1.0, 325.0)),
            credit_h=credit_h,
            credit_error_h=0.5,
            last_in_h=credit_h - 4,
            others_moved=None,
            others_count=None,
        )
        for employer_id, gain_min, credit_h in (("mairie", 0.31, 95.0), ("bureau", 0.62, 230.0))
    )
    return AfterPlan(
        compliance=tuple(
            ComplianceRow(share=share, gain_h=gain, kept=gain / 221)
            for share, gain in ((0.0, 0.0), (0.25, 71.0), (0.5, 124.0), (0.75, 177.0), (1.0, 221.0))
        ),
        rebound=(ReboundRow(flexible_share=0.15, shifted_pax=310.0, gain_h=201.0, residual=0.004),),
        new_peaks=NewPeaks(
            count=3,
            above_capacity=1,
            rows=(
                NewPeak(
                    line="13",
                    direction="Châtillon - Montrouge",
                    from_stop="La Fourche",
                    to_stop="Place de Clichy",
                    start_s=9 * 3600,
                    end_s=9 * 3600 + 900,
                    was_load_pax=2_700.0,
                    load_pax=2_790.0,
                    was_peak_factor=0.98,
                    load_factor=1.01,
                ),
            ),
        ),
        regimes=tuple(
            Regime(
                name=name,
                by_person=name not in ("plan", "uncoordinated"),
                gain_h=gain,
                crowding_gain_h=gain + 15.0,
                travel_gain_h=5.0,
                moving_h=20.0,
                people_moved=people,
                passengers_moved=riders,
                peak_load_factor=1.02,
                crowding_cost_h=2_800.0,
                settled=name != "uncoordinated",
                rounds=4,
            )
            for name, gain, people, riders in (
                ("plan", 221.0, 860.0, 595.0),
                ("uncoordinated", -12.0, 300.0, 210.0),
                ("flextime_asked", 240.0, 410.0, 410.0),
                ("flextime", 380.0, 1_900.0, 1_900.0),
                ("led", 430.0, 2_300.0, 2_300.0),
            )
        ),
        employers=sheets,
        certificate=0.0231,
        joint_bound_min=402_000.0,
        flat_h=6.5,
    )


def fake_run(*, feasible: bool = True, converged: bool = True, entries: bool = True) -> RunResult:
    """Return a finished run; ``feasible=False`` has no plan, so only the status quo."""
    names = tuple(LOADS) if feasible else ("status_quo",)
    situations = {name: _situation(name) for name in names}
    if not converged:
        fields = {f: getattr(situations["status_quo"], f) for f in Situation.__dataclass_fields__}
        situations["status_quo"] = Situation(**{**fields, "converged": False})
    return RunResult(
        scenario=Scenario(name="Deux lignes", seed=7),
        territory="plaine-commune",
        territory_title={"fr": "Deux lignes au nord", "en": "Two lines in the north"},
        service_date="2019-03-14",
        situations=situations,
        plan=fake_plan(feasible=feasible),
        gain_kept=0.68 if feasible else None,
        headline=_headline() if feasible else {},
        sensitivity=_sensitivity() if feasible else (),
        after=fake_after() if feasible else None,
        entries=fake_entries() if entries else None,
        notes={
            "fr": ("Les employeurs sont illustratifs.",),
            "en": ("The employers are illustrative.",),
        },
        sources=(
            SourceLine(
                path="gtfs/",
                title="Offre métro, semaine du 11 mars 2019",
                source="RATP",
                licence="ODbL",
                date="2019-03-11",
                source_class="observed",
            ),
            SourceLine(
                path="employers.csv",
                title="Employeurs illustratifs",
                source="Créneau",
                licence="EUPL-1.2",
                date="2019",
                source_class="illustrative",
            ),
        ),
        set_aside={"trip goes back in time": 3},
        seconds={"network": 0.8, "loading": 12.4, "staggering": 4.2},
        inputs_sha256="5f" * 32,
        version="0.1.0",
    )
