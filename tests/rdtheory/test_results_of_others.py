"""Tables that other tools have been at: read as the same rows, or refused by line and cause."""

import codecs
import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.results import read_rows, write_rows
from tests.strategies import PROOF

HEADER = ("name", "value", "flag")
TEXTS = ("name",)
ROWS = [
    {"name": "a", "value": 1.5, "flag": True}, {"name": "b", "value": None, "flag": False},
]  # fmt: skip


def read(path, content, **how):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_rows(path, HEADER, texts=TEXTS, **how)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.csv"


def refused(path, content, *words, **how):
    with pytest.raises(ValueError, match=r"a\.csv must") as caught:
        read(path, content, **how)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


# -- the same rows, in whatever dialect --------------------------------------------------------

names = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"))
numbers = st.none() | st.integers(-(2**63), 2**63) | st.floats(
    allow_nan=False, allow_infinity=False
)  # fmt: skip
rows = st.lists(
    st.tuples(names, numbers, st.none() | st.booleans())
    .map(lambda cells: dict(zip(HEADER, cells, strict=True)))
    .filter(lambda row: (row["name"] or "").strip() or row["value"] is not None)
)


@PROOF
@given(
    rows=rows,
    mark=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    code=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    missing=st.sampled_from(["", "NaN", "nan", "NA", "NULL", "None", "<NA>", "#N/A"]),
    truth=st.sampled_from([str.lower, str.upper, str.title]),
    decimal=st.sampled_from(".,"),
    said=st.booleans(),
    after=st.integers(0, 2),
    blank=st.sampled_from(["", " "]),
)
def test_a_table_in_any_dialect_is_the_same_rows(
    tmp_path_factory, rows, mark, end, quoting, code, missing, truth, decimal, said, after, blank
):
    def cell(name, value):
        if name in TEXTS:
            return value or ""
        if value is None:
            return missing
        if isinstance(value, bool):
            return truth(str(value))
        comma = decimal == "," and mark != ","
        return blank + (str(value).replace(".", ",") if comma else str(value)) + blank

    stream = io.StringIO(newline="")
    stream.write(f"sep={mark}{end}" if said else "")
    writer = csv.writer(stream, delimiter=mark, lineterminator=end, quoting=quoting)
    writer.writerow(HEADER)
    writer.writerows([cell(name, row[name]) for name in HEADER] for row in rows)
    stream.write((mark * (len(HEADER) - 1) if after == 1 else "") + end * (after > 0))
    path = tmp_path_factory.getbasetemp() / "a.csv"
    path.write_bytes(stream.getvalue().encode(code))
    back = read_rows(path, HEADER, texts=TEXTS)
    assert back == [row | {"name": row["name"] or None} for row in rows]


@pytest.mark.parametrize("begins", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b",", b";", b"\t"])
def test_columns_beside_are_no_fault(path, begins, ends, mark):
    lines = [
        [b"", b"name", b"value", b"flag"],
        [b"0", b"a", b"1.5", b"True"],
        [b"1", b"b", b"", b"False"],
    ]
    assert read(path, begins + ends.join(mark.join(line) for line in lines) + ends) == ROWS


@pytest.mark.parametrize("missing", ["", "NaN", "nan", "NA", "NULL", "None"])
@pytest.mark.parametrize("how", [{}, {"sep": ";", "decimal": ","}, {"sep": "\t"}])
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_pandas_writes_of_a_table_is_read(path, missing, how, code):
    write_rows(path, HEADER, ROWS)
    pd.read_csv(path).to_csv(path, index=False, na_rep=missing, encoding=code, **how)
    assert read_rows(path, HEADER, texts=TEXTS) == ROWS


@pytest.mark.parametrize(
    "text",
    [
        "name, value, flag\na, 1.5, TRUE\nb, NULL, FALSE\n",
        "name ,value ,flag \na ,1.5 ,true \nb , ,false \n",
        '"name", "value", "flag"\n"a", "1.5", "true"\n"b", "", "false"\n',
        '"name" ,"value" ,"flag"\n"a" ,1.5 ,true\n"b" , ,false\n',
        "sep=,\nname,value,flag\na,1.5,true\nb,,false\n",
        "sep=;\r\nname;value;flag\r\na;1,5;WAHR\r\n".replace("WAHR", "true") + "b;;false\r\n",
        '"sep=,",,\nname,value,flag\na,1.5,true\nb,,false\n',
        "\nname,value,flag\n\na,1.5,true\n,,\nb,,false\n\n\n",
        "name,value,flag\na,1.5,true\nb,,false\n,,\n,,\n , , \n",
        "name\tvalue\tflag\na\t+1,5e0\ttrue\nb\t\tfalse\n",
    ],
)
def test_what_people_and_spreadsheets_make_of_a_table_is_read(path, text):
    assert read(path, text) == ROWS


def test_blanks_are_a_text_s_own_where_the_heading_has_none(path):
    assert read(path, "name,value,flag\n a ,1,true\n")[0]["name"] == " a "
    assert read(path, 'name, value, flag\n" a ", 1, true\n')[0]["name"] == " a "
    assert read(path, "name, value, flag\n a , 1, true\n")[0]["name"] == "a"


def test_quotes_hold_separators_line_ends_and_quotes(path):
    text = 'name;value;flag\r"a; ""b""\rc, d"; "1,5" ;true\r'
    assert read(path, text) == [{"name": 'a; "b"\rc, d', "value": 1.5, "flag": True}]


def test_a_long_text_is_read(path):
    assert read(path, "name,value,flag\n" + "a" * 200_000 + ",1,true\n")[0]["value"] == 1


# -- refused, by line and cause ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name,value,flag\na,0,5,true\n", ["must have 3 cells in each line, got 4 in line 2"]),
        ('name,value,flag\n"a\nb",1,true\n\nc,x,true\n', ["got 'x' as value in line 5"]),
        ("sep=,\rname,value,flag\ra,x,true\r", ["got 'x' as value in line 3"]),
        ('name,value,flag\na,"0,02",true\n', ["got '0,02' as value in line 2"]),
        ("name;value;flag\na;1.234,5;true\n", ["got '1.234,5' as value in line 2"]),
        ("name;value;flag\na;1 000;true\n", ["got '1 000' as value in line 2"]),
        (
            "name;value;flag\na;1,234;true\nb;0.5;true\n",
            ["one decimal mark, got '1,234' as value in line 2 and '0.5' as value in line 3"],
        ),
        ("name;value;flag\na;Inf;true\n", ["got 'Inf' as value in line 2"]),
        ('name,value,flag\na,1,"true\n', ["quotes", "'\"true' in line 2, column 3"]),
        (b"name,value,flag\na,1,true\n\xe4,1,true\n", ["UTF-8 or UTF-16", "0xe4 in line 3"]),
        (b"name,value,flag\r\xe4,1,true\r", ["UTF-8 or UTF-16", "0xe4 in line 2"]),
        ("name,value,flag\na,1,x\n".encode("utf-16")[:-1], ["UTF-16", "in line 2"]),
        (b"\xff\xfe\0", ["UTF-16", "0x00 in line 1"]),
        (codecs.BOM_UTF8, ["no name and 2 others in an empty file"]),
        ("sep=;\n", ["no name and 2 others in an empty file"]),
        (
            "a|b|c|name\n",
            ["no name and 2 others, got 'a|b|c|name' between commas in line 1"],
        ),
        (
            "sep=;\nname,value,flag\n",
            ["no name and 2 others, got 'name,value,flag' between semicolons in line 2"],
        ),
        ("x;name;y;z\n", ["no value and 1 others, got 'x', 'name', 'y', ... between semicolons"]),
    ],
)
def test_what_cannot_be_read_is_named_by_line_and_cause(path, content, words):
    refused(path, content, *words)


@pytest.mark.parametrize("missing", ["", " ", "NaN", "NULL"])
def test_nothing_where_a_number_is_needed_is_named_by_line_and_column(path, missing):
    text = f"name,value,flag\na,1,true\nb,{missing},true\n"
    assert read(path, text)[1]["value"] is None
    seen = missing.strip() or "nothing"
    refused(path, text, f"a finite number as value, got {seen} in line 3", needed=("value",))


def test_of_many_columns_that_are_missing_one_is_named(path):
    path.write_text("x,y\n1,2\n")
    wide = tuple(f"c{k}" for k in range(60))
    words = r"columns c0, \.\.\., c59: no c0 and 59 others, got 'x', 'y' between commas in line 1$"
    with pytest.raises(ValueError, match=words):
        read_rows(path, wide)
