"""The whole evaluation on drawn meals, and the original's formula on drawn trays."""

from __future__ import annotations

import html.parser
import shutil

import pytest

from foodwaste.evaluate.compare import compare
from foodwaste.evaluate.datasets import open_dataset
from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.original import original_ratio
from foodwaste.evaluate.page import comparison_page, evaluation_page
from foodwaste.evaluate.record import ALL_EATEN, ALL_LEFT, FUSED, MEAN, ORIGINAL_DISH
from foodwaste.evaluate.run import run
from foodwaste.evaluate.summarise import summarise
from foodwaste.pipeline import Settings


class Page(html.parser.HTMLParser):
    """Collects what a page would fetch or run, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.sources, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [value for name, value in attributes if name in ("src", "href")]

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def judged_once():
    return []


@pytest.fixture
def judged(drawn_meals, judged_once, tmp_path_factory):
    """Results and judge of six drawn meals."""
    if not judged_once:
        kept = tmp_path_factory.mktemp("judged") / "meals"
        shutil.copytree(drawn_meals(6).parent, kept)
        judge = Judge(Settings(profile="steel-5", depth="off", quantity="off"))
        dataset = open_dataset(str(kept), judge.loaded.profile)
        judged_once.append((run(judge, dataset), judge))
    return judged_once[0]


def test_every_figure_stands_beside_the_trivial_ones_and_the_originals(judged):
    results, judge = judged
    summary = summarise(results, judge.loaded.profile)
    by_name = {score.name: score for score in summary.methods}
    assert {FUSED, MEAN, ALL_EATEN, ALL_LEFT, ORIGINAL_DISH} <= set(by_name)
    assert (summary.trays, summary.meals, summary.compartments) == (12, 6, 36)
    assert by_name[FUSED].mae < 0.15 < by_name[MEAN].mae
    low, high = by_name[FUSED].mae_interval
    assert low < by_name[FUSED].mae < high
    assert {score.name for score in summary.groups["dish"]} == {"dish 1", "dish 2", "dish 3"}
    assert summary.groups["amount"][0].name == "eaten clean"
    assert summary.latency.median_s > 0
    assert summary.model_validate_json(summary.model_dump_json()) == summary


def test_the_mean_is_not_fitted_on_the_meal_it_is_judged_on(judged):
    results, _ = judged
    record = results.records[0]
    others = [r.truth for r in results.records if r.meal != record.meal]
    assert record.answers[MEAN] == pytest.approx(sum(others) / len(others))


def test_a_picture_that_fails_is_listed_and_costs_no_other(drawn_meals):
    path = drawn_meals(2)
    (path.parent / "m0-after0.png").write_bytes(b"no picture")
    judge = Judge(Settings(profile="steel-5", depth="off", quantity="off"))
    results = run(judge, open_dataset(str(path), judge.loaded.profile))
    assert list(results.failed) == [str(path.parent / "m0-after0.png")]
    assert len({record.tray for record in results.records}) == 3


def test_one_meal_is_evaluated_but_says_what_it_cannot_say(drawn_meals):
    judge = Judge(Settings(profile="steel-5", depth="off", quantity="off"))
    results = run(judge, open_dataset(str(drawn_meals(1)), judge.loaded.profile))
    summary = summarise(results, judge.loaded.profile)
    assert summary.methods[0].mae_interval is None
    assert any("one meal only" in note for note in summary.notes)


def test_the_page_needs_nothing_beside_it_and_escapes_what_it_shows(judged):
    results, judge = judged
    summary = summarise(results, judge.loaded.profile)
    nasty = "<script>alert(1)</script>"
    page = evaluation_page(summary.model_copy(update={"dataset": nasty}), results, judge)
    seen = Page(page)
    assert "script" not in seen.tags
    assert nasty in seen.text
    assert seen.tags.count("svg") >= 5
    assert seen.tags.count("img") >= 5
    assert all(source.startswith("data:image/") for source in seen.sources)


def test_a_profile_against_itself_shows_no_difference(judged):
    results, judge = judged
    found = compare("old", results.records, "new", results.records, dataset="drawn")
    assert found.overall.difference == 0
    assert not found.shown
    assert "no difference can be shown" in found.verdict()
    assert "no difference" in Page(comparison_page(found, (results, judge), (results, judge))).text


def test_the_better_of_two_profiles_is_told(judged, tmp_path):
    results, _ = judged
    # The drawn food is eaten from one side: its volume goes as its area, to the power of 1.
    path = tmp_path / "one-side.yaml"
    path.write_text(
        "name: one-side\nparent: steel-5\nbackprojection: {area_exponent: 1.0}\n",
        encoding="utf-8",
    )
    judge = Judge(Settings(profile=str(path), depth="off", quantity="off"))
    records = run(judge, results.dataset).records
    found = compare("steel-5", results.records, "one-side", records, dataset="drawn")
    assert found.overall.difference < -0.02
    assert found.overall.interval[1] < 0
    assert found.b_is_better
    assert found.verdict().startswith("one-side is better by")
    reverse = compare("one-side", records, "steel-5", results.records, dataset="drawn")
    assert reverse.overall.difference == pytest.approx(-found.overall.difference)
    assert reverse.shown
    assert not reverse.b_is_better


def test_the_originals_formula_reads_all_and_nothing(paint):
    served, empty = paint("steel-5", 1), paint("steel-5", 2)
    served.food("side-1", (190, 70, 40), rough=0.05)
    pictures = {"full": served.tray().rgb, "empty": empty.tray().rgb}

    def ratio(after, reference):
        return original_ratio(
            served.frame,
            "side-1",
            after_rgb=pictures[after],
            before_rgb=pictures["full"],
            reference_rgb=pictures["full" if reference == "dish" else "empty"],
            reference=reference,
        )

    assert ratio("full", "dish") == 1.0
    assert ratio("empty", "dish") < 0.1
    assert ratio("full", "empty") == 1.0


def test_the_real_steel_tray_reads_as_promised(photographs):
    judge = Judge(Settings(profile="steel-5", depth="off", quantity="off"))
    dataset = open_dataset(str(photographs / "steel-tray"), judge.loaded.profile)
    summary = summarise(run(judge, dataset), judge.loaded.profile)
    amounts = {score.name: score for score in summary.groups["amount"]}
    assert amounts["eaten clean"].mae < 0.05
    assert amounts["25 to 50 %"].mae < 0.15
    assert amounts["eaten clean"].clean_share == 1.0
