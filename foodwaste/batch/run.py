"""Runs a folder: feeds the pool, records every answer, and sums up, whatever happens between."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from foodwaste.batch.options import BatchOptions
from foodwaste.batch.pair import Pairing, TrayPictures, key_in
from foodwaste.batch.plan import plan
from foodwaste.batch.results_folder import results_folder
from foodwaste.batch.store import Recorded, Store
from foodwaste.batch.summary import write_summary
from foodwaste.batch.table import write_table
from foodwaste.batch.thumbnails import Thumbnails
from foodwaste.batch.todo import Todo, audit_path
from foodwaste.batch.totals import Listener, Totals
from foodwaste.batch.watch import Watch
from foodwaste.errors import FoodwasteError
from foodwaste.pipeline import Job
from foodwaste.pool import Answer, Engine, Task, WorkerSpec
from foodwaste.pool.pool import Pool
from foodwaste.pool.tray_answers import report_of
from foodwaste.pool.tray_work import FACTORY
from foodwaste.profile import load_profile
from foodwaste.report import TrayReport

#: How long the run sleeps at most before it looks whether it should stop.
_LOOK_EVERY_S = 0.2

#: Pictures on the page: Ctrl-C leaves 2 s for everything.
_THUMBNAIL_LIMIT_S = 1.0


def run_batch(
    options: BatchOptions,
    listener: Listener,
    *,
    stop: Callable[[], bool] = lambda: False,
    factory: str = FACTORY,
) -> Totals:
    """Analyses a folder into ``options.out``; ends early, and well, once ``stop()`` is true.

    Raises:
        FoodwasteError: the folder, the profile or the models cannot be used, or the results
            cannot be written any further; what was recorded stays.
    """
    with results_folder(options.out), contextlib.closing(Store(options.out)) as store:
        run = _Run(options, listener, stop, factory, store)
        try:
            run.work()
        except FoodwasteError:
            with contextlib.suppress(FoodwasteError):  # the first trouble is the one to tell
                run.sum_up(whole=False)
            raise
        run.totals.interrupted = stop()
        run.sum_up(whole=not run.totals.interrupted)
        return run.totals


class _Run:
    def __init__(
        self,
        options: BatchOptions,
        listener: Listener,
        stop: Callable[[], bool],
        factory: str,
        store: Store,
    ) -> None:
        self.totals = Totals()
        self._options = options
        self._listener = listener
        self._stop = stop
        self._factory = factory
        self._store = store
        self._todo = Todo(options, store)
        profile = load_profile(options.settings.profile).profile
        self._profile = profile.name
        self._labels = {
            name: (options.language == "ko" and well.label.ko) or well.label.en
            for name, well in profile.layout.compartments.items()
        }
        self._in_work: dict[str, tuple[TrayPictures, str]] = {}
        self._images: dict[str, Path] = {}
        self._said: set[tuple[str, str]] = set()

    def work(self) -> None:
        """Goes through the folder, once or until stopped."""
        rounds: Iterator[Pairing | None]
        rounds = (
            Watch(self._options).rounds() if self._options.watch else iter([plan(self._options)])
        )
        with contextlib.ExitStack() as stack:
            engine: Engine | None = None
            for pairing in rounds:
                if self._stop():
                    return
                if pairing is None:
                    continue
                self._announce(pairing)
                for tray in pairing.trays:
                    fingerprint = self._to_be_done(tray)
                    if fingerprint is not None:
                        # Made only now: a folder that is done starts no process.
                        engine = engine or stack.enter_context(self._pool())
                        self._submit(engine, tray, fingerprint)
                    if self._stop() or self._limit_reached():
                        break
                while engine is not None and engine.in_flight and not self._stop():
                    self._take(engine, _LOOK_EVERY_S)
                if self._limit_reached():
                    return
                if self._options.watch:
                    self.sum_up(whole=True)

    def sum_up(self, *, whole: bool) -> None:
        """Writes the table and the page from all that is recorded.

        Raises:
            CannotWrite: one of them cannot be written.
        """
        options = self._options
        write_table(self._store, options.out, options.language)
        thumbnails = Thumbnails(_THUMBNAIL_LIMIT_S, options.settings.max_mpixels)
        write_summary(
            self._store,
            options.out,
            options.language,
            labels=self._labels,
            thumbnail=lambda key: thumbnails.of(self._images.get(key, options.folder / key)),
            interrupted=not whole,
        )

    def _announce(self, pairing: Pairing) -> None:
        self._store.set_left_over(pairing.left_over)
        for path, reason in pairing.left_over:
            if (path, reason) not in self._said:
                self._said.add((path, reason))
                self._listener.said(f"{path}: {reason}")
        self._images |= {tray.key: tray.image for tray in pairing.trays}
        self._listener.planned(len(pairing.trays))

    def _to_be_done(self, tray: TrayPictures) -> str | None:
        """The fingerprint of a tray that has to be analysed; the others are settled here."""
        try:
            str(tray.image).encode()
            fingerprint = self._todo.fingerprint(tray)
        except UnicodeEncodeError:
            self._record(tray, None, self._unreadable(tray, "its name is no text: rename it"))
            return None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self._record(tray, None, self._unreadable(tray, reason))
            return None
        known = self._todo.known(tray, fingerprint)
        if known is None:
            return fingerprint
        self.totals.known += 1
        self.totals.known_failed += known.status == "failed"
        self.totals.known_fallback += known.status == "fallback"
        self._listener.known(tray.key)
        return None

    def _submit(self, engine: Engine, tray: TrayPictures, fingerprint: str) -> None:
        while engine.in_flight >= engine.capacity:
            self._take(engine, _LOOK_EVERY_S)
            if self._stop():
                return
        options = self._options
        job = Job(
            image=str(tray.image),
            before=None if tray.before is None else str(tray.before),
            meal_reference=None if tray.meal_reference is None else str(tray.meal_reference),
            budget_s=options.budget_s,
            audit=str(audit_path(options.out, tray.key)) if options.audit else None,
        )
        self._in_work[tray.key] = (tray, fingerprint)
        engine.submit(Task(tray.key, job.model_dump(mode="json"), options.budget_s))
        while engine.in_flight and self._take(engine, 0.0):
            pass

    def _take(self, engine: Engine, timeout_s: float) -> bool:
        answer: Answer | None = engine.next_answer(timeout_s)
        if answer is None:
            return False
        tray, fingerprint = self._in_work.pop(answer.key)
        report = report_of(
            answer,
            image=str(tray.image),
            before=None if tray.before is None else str(tray.before),
            profile=self._profile,
        )
        # From being taken up to the answer: what the promise is about.
        elapsed = {"elapsed_s": round(answer.elapsed_s, 4)}
        self._record(tray, fingerprint, report.model_copy(update=elapsed))
        return True

    def _record(self, tray: TrayPictures, fingerprint: str | None, report: TrayReport) -> None:
        folder = self._options.folder
        self._store.record(
            Recorded(
                path=tray.key,
                report=report,
                fingerprint=fingerprint,
                before=None if tray.before is None else key_in(folder, tray.before),
                meal_reference=(
                    None if tray.meal_reference is None else key_in(folder, tray.meal_reference)
                ),
            )
        )
        self._todo.remember(tray.key, fingerprint, report.status)
        self.totals.count(report)
        self._listener.finished(report)

    def _unreadable(self, tray: TrayPictures, reason: str) -> TrayReport:
        return TrayReport(
            image=key_in(self._options.folder, tray.image),
            profile=self._profile,
            status="failed",
            reason=f"{tray.key}: {reason}",
            failure="unreadable",
            elapsed_s=0.0,
        )

    def _limit_reached(self) -> bool:
        limit = self._options.limit
        return limit is not None and self.totals.made + len(self._in_work) >= limit

    def _pool(self) -> Pool:
        options = self._options
        spec = WorkerSpec(
            self._factory,
            {"settings": options.settings.model_dump(mode="json")},
            memory_limit_bytes=options.memory_limit_bytes,
        )
        return Pool(spec, options.workers)
