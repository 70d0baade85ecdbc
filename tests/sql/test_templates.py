"""dbt models are written out with plain names; what cannot be says which macro stands in the way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sql.templates import MOST_OUTPUT, Rendered, Unrendered, is_template, render

MODEL = """{{ config(materialized='incremental', unique_key='id') }}
{# the orders of every shop #}
{%- set kinds = ['cash', 'card'] %}
with o as (select * from {{ ref('stg_orders') }} where day > '{{ var("first_day", "2020-01-01") }}')
select o.id,
{%- for kind in kinds %}
  sum(case when pay = '{{ kind }}' then amount end) as {{ kind }}_amount{{ "," if not loop.last else "" }}
{%- endfor %}
from o join {{ source('shop', 'lines') }} l on l.order_id = o.id
{% if is_incremental() %} where o.day > (select max(day) from {{ this }}) {% endif %}
group by o.id"""


def test_a_model_is_written_out() -> None:
    assert is_template(MODEL)
    found = render(MODEL)
    assert isinstance(found, Rendered)
    assert found.text == (
        "with o as (select * from stg_orders where day > '2020-01-01')\n"
        "select o.id,\n"
        "  sum(case when pay = 'cash' then amount end) as cash_amount,\n"
        "  sum(case when pay = 'card' then amount end) as card_amount\n"
        "from o join shop.lines l on l.order_id = o.id\n\ngroup by o.id"
    )


@pytest.mark.parametrize(
    ("template", "sql"),
    [
        ("select * from {{ ref('pkg', 'a') }}", "select * from a"),
        ("select * from {{ this }} where x = {{ var('n') }}", "select * from this_model where x = n"),
        (
            "select * from {{ params.table }} where d = '{{ ds }}'",
            "select * from params_table where d = 'ds'",
        ),
        ("select * from {{ params.halls }}", "select * from halls"),
        ("{% snapshot s %}select 1 as a{% endsnapshot %}", "select 1 as a"),
        ("select {% for n in range(3) %}c{{ n }}{% if not loop.last %}, {% endif %}{% endfor %} from t", "select c0, c1, c2 from t"),
        ("select {{ ['a', 'b'] | join(', ') }} from {{ target.schema }}.t", "select a, b from schema.t"),
        ("{% if target.name == 'prod' %}select 1{% else %}select 2{% endif %}", "select 2"),
    ],
)  # fmt: skip
def test_names_are_plain(template: str, sql: str) -> None:
    assert is_template(template)
    assert render(template) == Rendered(sql)


@pytest.mark.parametrize(
    ("template", "macro"),
    [
        ("select {{ dbt_utils.star(from=ref('a')) }} from {{ ref('a') }}", "dbt_utils.star"),
        ("{% macro cents(x) %}{{ x }} / 100{% endmacro %}", "cents"),
        ("{% materialization m %}select 1{% endmaterialization %}", "materialization"),
        ("select {{ cents('a') }}", "cents"),
        ("select {{ a", "syntax"),
        ("{% for n in range(10**9) %}x{% endfor %}", "pow"),
        ("{% for n in range(1000000000) %}x{% endfor %}", "range"),
        ("{% for n in names %}{{ n }}{% endfor %}", "for"),
        ("{{ 'a' * 1000000000 }}", "mul"),
        ("{{ ''.__class__.__mro__ }}", "__mro__"),
        ("{{ ref.__globals__ }}", "ref.__globals__"),
        ("{{ self._TemplateReference__context }}", "self._TemplateReference__context"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "call"),
        ("{% include 'x' %}", "include"),
        ("{% set a = 'xxxxxxxx' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}", "size"),
        ("{% set a = ['x'] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}", "list"),
        ("{% for a in range(999) %}" * 6 + "x" + "{% endfor %}" * 6, "size"),
        ("{% for a in range(999) %}" + "x" * 5000 + "{% endfor %}", "size"),
        ("{{ a }}" + "x" * 100_000, "size"),
        ("{{ " + "(" * 3000 + "a" + ")" * 3000 + " }}", "size"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_out_says_why(template: str, macro: str) -> None:
    assert render(template) == Unrendered(macro)


@pytest.mark.parametrize(
    "sql",
    ["SELECT '{{1,2},{3,4}}'::int[]", "SELECT '{{a,b},{c,d}}'", "SELECT '{\"a\": {}}'", "SELECT 1"],
)
def test_plain_sql_is_no_template(sql: str) -> None:
    assert not is_template(sql)


_PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", "for x in", "endfor", "range(9)", "[1]", "if", "endif", "set a =", "a", "~", "|join", "(", ")", "'x'", ".b", "{#"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_template_comes_to_an_end(pieces: list[str]) -> None:
    found = render(" ".join(pieces))
    assert isinstance(found, Unrendered) or len(found.text) <= MOST_OUTPUT
