"""One photograph from bytes to report, stage by stage against its budget.

Stages run cheapest first and each finished estimator leaves a complete answer, a *rung*,
behind. A stage starts only when its measured cost fits the time left; when even the first does
not fit, the fallback answers: a small picture and the empty tray's colours alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from foodwaste import backprojection
from foodwaste.errors import FoodwasteError, ImageError, TrayNotFound
from foodwaste.evidence import Finding
from foodwaste.pipeline import assemble
from foodwaste.pipeline.budget import Budget, Clock, StageCosts, monotonic
from foodwaste.pipeline.estimators import Estimator, open_estimators
from foodwaste.pipeline.job import Job, Settings
from foodwaste.pipeline.served import Served, ServedCache
from foodwaste.pipeline.served_sight import look_knowing
from foodwaste.pipeline.sight import SMALL_PIXELS, Sight
from foodwaste.profile import LoadedProfile, load_profile, with_policy
from foodwaste.report import Failure, Status, TrayReport

FIRST_STAGES = ("imaging", "tray", "backprojection")


@dataclass(frozen=True)
class Analysis:
    """A report together with what was seen: what the audit sheet draws. Stays in its process.

    The report is put together when it is asked for: of most rungs it never is.
    """

    make_report: Callable[[], TrayReport]
    profile: LoadedProfile
    sight: Sight | None = None
    served: Served | None = None
    findings: Mapping[str, Finding] | None = None

    @cached_property
    def report(self) -> TrayReport:
        """What goes out."""
        return self.make_report()


class Analyzer:
    """Analyses photographs of one profile; loads what it needs once.

    ``later`` replaces the estimators that the settings name.

    Raises:
        ProfileError: the profile or a picture it names cannot be used.
        ModelMissing: an estimator was asked for whose weights are not there.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock = monotonic,
        later: Sequence[Estimator] | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.loaded = with_policy(load_profile(self.settings.profile), self.settings.policy)
        self.costs = StageCosts()
        self._clock = clock
        self._later = open_estimators(self.settings) if later is None else tuple(later)
        self._served = ServedCache(self.loaded, self.settings.max_mpixels)

    def rungs(self, job: Job) -> Iterator[TrayReport]:
        """Complete reports, each better than the last; only the final one is ``ok``.

        A picture that cannot be analysed gives one report of status ``failed``; nothing is
        raised for it.
        """
        for analysis in self.analyses(job):
            yield analysis.report

    def analyze(self, job: Job) -> TrayReport:
        """The best report within the job's budget."""
        return self.analyze_in_detail(job).report

    def analyze_in_detail(self, job: Job) -> Analysis:
        """The best analysis within the job's budget, with what was seen."""
        *_, last = self.analyses(job)
        return last

    def fallback(self, job: Job) -> TrayReport:
        """The cheapest complete analysis alone, whatever the budget."""
        budget = Budget(job.budget_s, self._clock, self.costs)
        return self._guarded_fallback(job, budget, "asked for").report

    def analyses(self, job: Job) -> Iterator[Analysis]:
        """Like ``rungs``, with what was seen."""
        budget = Budget(job.budget_s, self._clock, self.costs)
        needed = FIRST_STAGES if self._served.knows(job) else (*FIRST_STAGES, "reference")
        if not budget.fits(*needed):
            reason = f"a budget of {job.budget_s:g} s leaves no time for {needed[-1]}"
            yield self._guarded_fallback(job, budget, reason)
            return
        try:
            yield from self._ladder(job, budget)
        except FoodwasteError as error:
            yield self._failed(job, budget, error)

    def _ladder(self, job: Job, budget: Budget) -> Iterator[Analysis]:
        profile = self.loaded.profile
        served = self._served.find(job, budget)
        sight = look_knowing(
            served.same_dishes,
            job.image,
            profile.layout,
            budget,
            max_mpixels=self.settings.max_mpixels,
            corners_px=job.corners_px,
        )
        with budget.stage(backprojection.NAME):
            colour = backprojection.estimate(sight.tray, profile, served.colours)
        findings = {backprojection.NAME: colour}
        reason = None
        for estimator in self._later:
            yield self._analysis(
                job, budget, "fallback", f"before {estimator.name}", sight, served, findings
            )
            reason = self._climb(estimator, budget, sight, served, findings)
            if reason is not None:
                break
        status: Status = "ok" if reason is None else "fallback"
        yield self._analysis(job, budget, status, reason, sight, served, findings)

    def _climb(
        self,
        estimator: Estimator,
        budget: Budget,
        sight: Sight,
        served: Served,
        findings: dict[str, Finding],
    ) -> str | None:
        """Runs one more estimator on both trays; returns why not, when it did not end well."""
        name, profile = estimator.name, self.loaded.profile
        also_served = served.tray is not None and name not in served.findings
        if not budget.fits(*([name] * (1 + also_served))):
            return f"a budget of {budget.seconds:g} s leaves no time for {name}"
        try:
            if served.tray is not None and also_served:
                with budget.stage(name):
                    colour = served.findings[backprojection.NAME]
                    served.findings[name] = estimator.estimate(
                        served.tray, profile, colour, empty_rgb=self._served.empty_rgb
                    )
            with budget.stage(name):
                findings[name] = estimator.estimate(
                    sight.tray,
                    profile,
                    findings[backprojection.NAME],
                    served=served.same_tray,
                    served_finding=served.findings.get(name),
                    empty_rgb=self._served.empty_rgb,
                )
        except Exception as error:  # noqa: BLE001 - a broken model must not cost the lower rungs
            return f"{name} failed: {type(error).__name__}: {error}"
        return None

    def _guarded_fallback(self, job: Job, budget: Budget, reason: str) -> Analysis:
        try:
            return self._fallback(job, budget, reason)
        except FoodwasteError as error:
            return self._failed(job, budget, error)

    def _fallback(self, job: Job, budget: Budget, reason: str) -> Analysis:
        profile = self.loaded.profile
        # A served tray already known costs nothing; an unknown one is left aside, and the
        # report says that the standard serving was the reference.
        if self._served.knows(job):
            served = self._served.find(job, budget)
        else:
            served = self._served.standard
        sight = look_knowing(
            served.same_dishes,
            job.image,
            profile.layout,
            budget,
            max_mpixels=self.settings.max_mpixels,
            target_pixels=SMALL_PIXELS,
            corners_px=job.corners_px,
        )
        only_empty = backprojection.learn_references(profile, None, self._served.empty_rgb)
        with budget.stage("fallback"):
            finding = backprojection.estimate(sight.tray, profile, only_empty)
        findings = {backprojection.NAME: finding}
        return self._analysis(job, budget, "fallback", reason, sight, served, findings)

    def _analysis(
        self,
        job: Job,
        budget: Budget,
        status: Status,
        reason: str | None,
        sight: Sight,
        served: Served,
        findings: Mapping[str, Finding],
    ) -> Analysis:
        profile = self.loaded.profile
        so_far, stages = dict(findings), budget.stages

        def make_report() -> TrayReport:
            reports = assemble.compartments(profile, so_far, served)
            return TrayReport(
                image=job.image,
                before=job.before if served.reference == "before" else None,
                profile=profile.name,
                status=status,
                reason=reason,
                elapsed_s=round(budget.elapsed_s, 4),
                stages=stages,
                compartments=reports,
                tray=assemble.totals(profile, reports),
                notes=(*sight.notes, *assemble.profile_notes(profile)),
            )

        return Analysis(make_report, self.loaded, sight, served, so_far)

    def _failed(self, job: Job, budget: Budget, error: FoodwasteError) -> Analysis:
        report = TrayReport(
            image=job.image,
            before=job.before,
            profile=self.loaded.profile.name,
            status="failed",
            reason=str(error),
            failure=_failure(error),
            elapsed_s=round(budget.elapsed_s, 4),
            stages=budget.stages,
        )
        return Analysis(lambda: report, self.loaded)


def _failure(error: FoodwasteError) -> Failure:
    if isinstance(error, ImageError):
        return "unreadable"
    return "no-tray" if isinstance(error, TrayNotFound) else "internal"
