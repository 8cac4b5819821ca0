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
from foodwaste.pipeline.scene import Scene, Scenes
from foodwaste.pipeline.served import Served
from foodwaste.pipeline.sight import Sight
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
        self._scenes = Scenes(self.loaded, self.settings.max_mpixels)

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
        needed = FIRST_STAGES if self._scenes.knows_served(job) else (*FIRST_STAGES, "reference")
        if not budget.fits(*needed):
            reason = f"a budget of {job.budget_s:g} s leaves no time for {needed[-1]}"
            yield self._guarded_fallback(job, budget, reason)
            return
        try:
            yield from self._ladder(job, budget)
        except FoodwasteError as error:
            yield self._failed(job, budget, error)

    def _ladder(self, job: Job, budget: Budget) -> Iterator[Analysis]:
        scene = self._scenes.see(job, budget)
        with budget.stage(backprojection.NAME):
            colour = backprojection.estimate(scene.colour_tray, scene.profile, scene.colours)
        findings = {backprojection.NAME: colour}
        reason = None
        for estimator in self._later:
            yield _analysis(job, budget, "fallback", f"before {estimator.name}", scene, findings)
            reason = _climb(estimator, budget, scene, findings)
            if reason is not None:
                break
        status: Status = "ok" if reason is None else "fallback"
        yield _analysis(job, budget, status, reason, scene, findings)

    def _guarded_fallback(self, job: Job, budget: Budget, reason: str) -> Analysis:
        try:
            return self._fallback(job, budget, reason)
        except FoodwasteError as error:
            return self._failed(job, budget, error)

    def _fallback(self, job: Job, budget: Budget, reason: str) -> Analysis:
        scene = self._scenes.glance(job, budget)
        with budget.stage("fallback"):
            finding = backprojection.estimate(scene.colour_tray, scene.profile, scene.colours)
        findings = {backprojection.NAME: finding}
        return _analysis(job, budget, "fallback", reason, scene, findings)

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


def _climb(
    estimator: Estimator, budget: Budget, scene: Scene, findings: dict[str, Finding]
) -> str | None:
    """Runs one more estimator on both trays; returns why not, when it did not end well."""
    name, served = estimator.name, scene.served
    also_served = served.tray is not None and name not in served.findings
    if not budget.fits(*([name] * (1 + also_served))):
        return f"a budget of {budget.seconds:g} s leaves no time for {name}"
    try:
        if served.tray is not None and also_served:
            with budget.stage(name):
                served.findings[name] = estimator.estimate(
                    served.tray,
                    scene.profile,
                    served.findings[backprojection.NAME],
                    empty_rgb=scene.empty_rgb,
                )
        with budget.stage(name):
            findings[name] = estimator.estimate(
                scene.sight.tray,
                scene.profile,
                findings[backprojection.NAME],
                served=served.same_tray,
                served_finding=served.findings.get(name),
                empty_rgb=scene.empty_rgb,
            )
    except Exception as error:  # noqa: BLE001 - a broken model must not cost the lower rungs
        return f"{name} failed: {type(error).__name__}: {error}"
    return None


def _analysis(
    job: Job,
    budget: Budget,
    status: Status,
    reason: str | None,
    scene: Scene,
    findings: Mapping[str, Finding],
) -> Analysis:
    profile, served, sight = scene.profile, scene.served, scene.sight
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

    return Analysis(make_report, scene.loaded, sight, served, so_far)


def _failure(error: FoodwasteError) -> Failure:
    if isinstance(error, ImageError):
        return "unreadable"
    return "no-tray" if isinstance(error, TrayNotFound) else "internal"
