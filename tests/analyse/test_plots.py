"""The bar plots: what stands in them, and that they are the same every time."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from bioweft.analyse import palette, plots
from bioweft.analyse.plots import Bar

BARS = [Bar("Headache", 1200), Bar("β-thalassaemia of $x_1$ & other", 30), Bar("A name that is " + "long " * 20, 3)]


def drawn(bars=BARS, *, type="cell_line", years=(1999, 2024)) -> Figure:
    figures = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "save_figure", lambda stem, draw: figures.append(draw()))
        plots.save(Path("unused"), bars, type=type, documents=4500, years=years)
    return figures[0]


def test_axis_title_and_names_say_what_is_shown():
    (axes,) = drawn().axes
    assert axes.get_title(loc="left") == "Cell line: top 3 in 4,500 documents, 1999–2024"
    assert axes.get_xlabel() == "Documents"
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[0] == "Headache"
    assert all(len(name) <= 48 for name in names)
    assert [text.get_text() for text in axes.texts] == ["1,200", "30", "3"]


@pytest.mark.parametrize(("years", "end"), [((2020, 2020), "documents, 2020"), ((None, None), "4,500 documents")])
def test_title_without_a_span_of_years(years, end):
    assert drawn(years=years).axes[0].get_title(loc="left").endswith(end)


def test_the_longest_bar_is_on_top():
    (axes,) = drawn().axes
    bottom, top = axes.get_ylim()
    assert bottom > top
    assert [bar.get_width() for bar in axes.patches] == [1200, 30, 3]


def test_types_differ_in_colour():
    colours = {drawn(type=type_).axes[0].patches[0].get_facecolor() for type_ in [*palette.COLOURS, "mine"]}
    assert len(colours) == len(palette.COLOURS) + 1


def test_files_are_the_same_every_time_whatever_the_users_settings(tmp_path):
    plots.save(tmp_path / "a", BARS, type="disease", documents=9, years=(None, None))
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "black"}):
        plots.save(tmp_path / "b", BARS, type="disease", documents=9, years=(None, None))
    for suffix in ("png", "svg"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.png", "a.svg", "b.png", "b.svg"]


def test_the_svg_is_well_formed_and_without_a_date(tmp_path):
    plots.save(tmp_path / "a", BARS, type="disease", documents=9, years=(None, None))
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert not re.search(r"dc:date", text)
