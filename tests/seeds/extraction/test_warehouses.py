"""BigQuery, Snowflake, Spark, Redshift and DuckDB: recognised, read in their own dialect."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from apps.seeds.extraction.chain import ExtractionSettings, Rejection, SeedCandidate, extract
from apps.sql.dialects import Dialect
from apps.sql.parsing.parsers import Reader, parse_otherwise


@dataclass(frozen=True)
class File:
    """A file, the kinds of its seeds in order, and what is no seed with its reason."""

    dialect: Dialect
    text: str
    kinds: tuple[str, ...]
    rejected: dict[str, str] = field(default_factory=dict)


FILES = [
    File(
        Dialect.BIGQUERY,
        """CREATE OR REPLACE TABLE `shop.sales.by_day`
PARTITION BY DATE(sold_at) CLUSTER BY shop OPTIONS (description = 'by day; "all"') AS
SELECT shop, DATE_TRUNC(sold_at, DAY) AS day, SAFE_DIVIDE(SUM(amount), COUNT(*)) AS mean
FROM `shop.sales.raw` GROUP BY 1, 2;
MERGE `shop.sales.target` t USING `shop.sales.source` s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET amount = s.amount
WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (s.id, s.amount);
SELECT name, ARRAY_AGG(STRUCT(id, amount) ORDER BY amount DESC LIMIT 3) AS top
FROM `shop.sales.raw`, UNNEST(items) AS item WHERE note = r'it\\;' AND _TABLE_SUFFIX > '2020'
GROUP BY name QUALIFY ROW_NUMBER() OVER (PARTITION BY name ORDER BY name) = 1;
SELECT * EXCEPT (secret) FROM `shop.sales.raw`;
""",
        ("create_table", "merge", "select", "select"),
    ),
    File(
        Dialect.SNOWFLAKE,
        """USE WAREHOUSE loading;
CREATE OR REPLACE TABLE events (id NUMBER(38,0), payload VARIANT, made TIMESTAMP_NTZ);
COPY INTO events FROM @stage/events FILE_FORMAT = (TYPE = JSON); // a note; of Snowflake's
SELECT e.payload:user.name::STRING AS name, f.value:price::NUMBER AS price
FROM events e, LATERAL FLATTEN(input => e.payload:items) f
QUALIFY ROW_NUMBER() OVER (PARTITION BY name ORDER BY price DESC) = 1;
INSERT INTO events SELECT 1, PARSE_JSON('{"a": "it\\'s; "}'), CURRENT_TIMESTAMP();
CREATE OR REPLACE STREAM changes ON TABLE events;
""",
        ("create_table", "select", "insert"),
        {
            "USE": "kind_not_wanted",
            "COPY": "kind_not_wanted",
            "CREATE OR REPLACE STREAM": "kind_not_wanted",
        },
    ),
    File(
        Dialect.SPARK,
        """CREATE TABLE sales (id INT, tags ARRAY<STRING>, m MAP<STRING, INT>)
USING DELTA PARTITIONED BY (day);
INSERT OVERWRITE TABLE sales PARTITION (day = "2020;") SELECT id, tags, m FROM raw;
SELECT id, tag FROM sales LATERAL VIEW explode(tags) t AS tag;
OPTIMIZE sales ZORDER BY (id);
CREATE OR REPLACE TEMPORARY VIEW v AS SELECT `id` FROM sales WHERE name RLIKE 'a.*';
""",
        ("create_table", "insert", "select", "create_view"),
        {"OPTIMIZE": "kind_not_wanted"},
    ),
    File(
        Dialect.REDSHIFT,
        """CREATE TABLE sales (id BIGINT IDENTITY(1, 1) ENCODE az64, day DATE ENCODE zstd)
DISTSTYLE KEY DISTKEY (id) SORTKEY (day);
UNLOAD ('SELECT * FROM sales;') TO 's3://bucket/out' IAM_ROLE 'arn:aws:iam::1:role/x';
SELECT day, LISTAGG(id, ',') WITHIN GROUP (ORDER BY id) AS ids FROM sales GROUP BY day;
DELETE FROM sales USING old WHERE sales.id = old.id;
""",
        ("create_table", "select", "delete"),
        {"UNLOAD": "kind_not_wanted"},
    ),
    File(
        Dialect.DUCKDB,
        """INSTALL httpfs;
CREATE TABLE sales AS SELECT * FROM read_parquet('sales/*.parquet');
SELECT * EXCLUDE (secret) FROM read_csv_auto('a.csv');
FROM sales SELECT id WHERE amount > 3;
SELECT list_transform([1, 2], x -> x + 1) AS l, {'a': 1} AS s FROM sales;
CREATE MACRO half(a) AS TABLE SELECT a / 2;
""",
        ("create_table", "select", "select", "select"),
        {"INSTALL": "kind_not_wanted", "CREATE MACRO": "kind_not_wanted"},
    ),
]
MODELS = {
    Dialect.BIGQUERY: """{{ config(materialized='incremental', partition_by={'field': 'day'}) }}
-- how much each shop sold on a day
select shop, timestamp_trunc(sold_at, day) as day, safe_divide(sum(amount), count(*)) as mean
from {{ ref('raw_sales') }}
{% if is_incremental() %} where sold_at > (select max(sold_at) from {{ this }}) {% endif %}
group by 1, 2
""",
    Dialect.SNOWFLAKE: """with flat as (
  select e.payload:id::number as id, f.value:price::variant as price
  from {{ source('shop', 'events') }} e, lateral flatten(input => e.payload:items) f
)
select * from flat qualify row_number() over (partition by id order by price) = 1
""",
    Dialect.SPARK: """{{ config(file_format='delta') }}
select id, tag from {{ ref('sales') }} lateral view explode(tags) t as tag
""",
    Dialect.REDSHIFT: """{{ config(dist='id', sort='day') }}
select day, listagg(name, ',') within group (order by name) as names
from {{ source('shop', 'sales') }} where day > '{{ var("first_day") }}' group by 1
""",
    Dialect.DUCKDB: """select * exclude (secret)
from read_parquet('{{ var("path") }}') join {{ ref('shops') }} using (id)
""",
}


def read(text: str) -> tuple[Dialect, list[SeedCandidate], list[Rejection]]:
    found = extract(text.encode(), path="models/a.sql", settings=ExtractionSettings())
    items = list(found)
    seeds = [item for item in items if isinstance(item, SeedCandidate)]
    return found.guess.dialect, seeds, [item for item in items if isinstance(item, Rejection)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.dialect.value)
def test_a_file_of_a_warehouse_is_read_in_its_dialect(file: File) -> None:
    dialect, seeds, rejected = read(file.text)

    assert dialect is file.dialect
    assert tuple(seed.kind for seed in seeds) == file.kinds
    assert {seed.dialect for seed in seeds} == {file.dialect}
    assert len(rejected) == len(file.rejected)
    for words, reason in file.rejected.items():
        assert [one.reason for one in rejected if one.sample.startswith(words)] == [reason]


@pytest.mark.parametrize("dialect", MODELS, ids=lambda dialect: dialect.value)
def test_a_model_of_dbt_is_of_its_warehouse(dialect: Dialect) -> None:
    found, (seed,), rejected = read(MODELS[dialect])

    assert (found, seed.kind, rejected) == (dialect, "select", [])
    assert "{" not in seed.text


OWN = [
    (Dialect.BIGQUERY, "select", "SELECT * EXCEPT (a) FROM `p.d.t` WHERE b = r'\\d'"),
    (Dialect.SNOWFLAKE, "select", "SELECT a:b.c::STRING AS x FROM t, LATERAL FLATTEN(input => t.a) f"),
    (Dialect.SPARK, "select", "SELECT id, x FROM t LATERAL VIEW explode(y) z AS x"),
    (Dialect.REDSHIFT, "create_table", "CREATE TABLE a (b INT ENCODE zstd) DISTSTYLE ALL SORTKEY (b)"),
    (Dialect.DUCKDB, "select", "FROM t SELECT a WHERE b = {'c': 1}"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "kind", "sql"), OWN, ids=[one[0].value for one in OWN])
def test_what_only_its_dialect_has_is_read_by_sqlglot(
    dialect: Dialect, kind: str, sql: str
) -> None:
    assert parse_otherwise(sql.encode(), kind, dialect) is Reader.SQLGLOT
    assert parse_otherwise(f"{sql} FROM WHERE (".encode(), kind, dialect) is Reader.NOBODY
