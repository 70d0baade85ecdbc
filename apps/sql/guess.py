"""Which dialect is a file written in? A guess from its path and a sample of it, with a
confidence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from ahocorasick_rs import BytesAhoCorasick

from apps.sql.dialects import Dialect

HEAD, PART = 16 * 1024, 8 * 1024
MOST_PER_MARK = 5  # a mark that is repeated says little more than one that is there

# Literals only: one automaton finds all of them in one pass. All in lower case; weights are how
# sure one occurrence makes us.
_MARKS: dict[Dialect, dict[bytes, float]] = {
    Dialect.POSTGRES: {
        b"$$": 1, b"\ncopy ": 2, b" any (": 1,
        b"language plpgsql": 4, b"plpgsql": 2, b"from stdin": 4, b"\n\\connect": 4,
        b"\\echo use": 4, b"bigserial": 3, b" serial ": 2, b" serial,": 2, b"::": 1, b"nextval(": 3,
        b"pg_catalog": 4, b"bytea": 3, b"create extension": 4, b"owner to ": 4,
        b"alter table only": 4,
        b" ilike ": 2, b"timestamptz": 3, b"jsonb": 3, b"without time zone": 2, b"returns setof": 4,
        b"on conflict": 1, b"standard_conforming_strings": 5, b"returns trigger": 3,
        b"bigint generated": 1,
        b"create type ": 1, b"create rule ": 3, b"begin atomic": 4, b"create aggregate": 3,
        b"create operator": 3, b"\ndo $": 4,
        b"drop function if exists": 1, b"execute procedure": 1, b"execute function": 3,
        b" regclass": 2,
        b"\\set ": 2, b"\nreset ": 1, b"using gin": 3, b"using gist": 3, b"concurrently": 2,
        b" returning ": 1, b"gen_random_uuid(": 3, b"uuid_generate_v": 3, b"create policy": 3,
        b"row level security": 4, b"generate_series(": 2, b"to_tsvector(": 3, b" ~* ": 3,
        b" !~ ": 2, b"text[]": 3, b"integer[]": 3, b"int[]": 2, b" to stdout": 3, b"date_trunc(": 1,
        b"interval ''": 1, b"serial primary key": 3, b"\nlisten ": 2, b"language ''": 3,
        b" inherits (": 3, b"for update skip locked": 1, b"with time zone": 1,
        b"comment on function": 2,
    },
    Dialect.MYSQL: {
        b"`": 1, b"engine=": 4, b"engine =": 4, b"auto_increment": 4, b"/*!": 4, b"\ndelimiter ": 4,
        b"unsigned": 2, b"lock tables": 3, b"set names": 3, b"default charset": 4, b"mediumtext": 3,
        b"tinyint(": 2, b"int(11)": 3, b"insert ignore": 3, b"on duplicate key": 4, b"utf8mb4": 4,
        b"replace into": 1, b" key `": 3, b"longtext": 2, b"enum(": 2,
        b"load data local infile": 4, b"load data infile": 4, b" into outfile": 4, b"\\g\n": 1,
        b"foreign_key_checks": 4, b"\n#": 1, b"show tables": 2,
        b"collate utf8": 2,
        b"definer=": 3, b"database(": 1, b"change column": 2, b" after `": 2, b"start slave": 3,
        b"ifnull(": 1, b"date_format(": 1, b"group_concat(": 1, b" separator ''": 3,
        b"str_to_date(": 3, b"show databases": 3, b"show create ": 3, b"\ndescribe ": 1,
        b"\ndesc ": 1, b"flush privileges": 4, b"identified by ''": 2, b"''@''": 4,
        b"modify column": 2, b"last_insert_id(": 4, b"straight_join": 3, b"sql_calc_found_rows": 4,
        b"on update current_timestamp": 3, b"curdate()": 2, b"concat_ws(": 1,
    },
    Dialect.SQLITE: {
        b"pragma ": 4, b"autoincrement": 4, b"sqlite_": 4, b"without rowid": 5,
        b"integer primary key": 1,
        b"\n.mode": 4, b"\n.read": 4, b"\n.headers": 4, b"\n.import": 4, b"insert or replace": 3,
        b"insert or ignore": 3, b"begin transaction;": 1, b"datetime(''": 2,
        b"attach database": 2,
        b"strftime(": 2, b"raise(": 2, b" glob ": 1, b"virtual table": 3, b"using fts": 4,
        b"\n.open": 4, b"\n.tables": 4, b"\n.schema": 4, b"\n.output": 3, b"\n.separator": 3,
        b"\n.dump": 4, b"julianday(": 3, b"last_insert_rowid(": 4, b"collate nocase": 3,
        b"update or ": 2,
    },
    Dialect.TSQL: {
        b"\ngo\n": 3, b"\ngo\r": 3, b"begin transaction\ngo": 3, b"[dbo]": 5, b"dbo.": 4,
        b"nvarchar": 2, b"identity(": 4, b" clustered": 3,
        b"declare @": 4, b"set @": 1, b"print '": 2, b"sp_executesql": 4, b"\nexec ": 1,
        b"getdate()": 3,
        b"nocount on": 4, b"select top": 3, b"isnull(": 1, b"quoted_identifier": 4,
        b"ansi_nulls": 4,
        b"uniqueidentifier": 3, b"sys.objects": 4, b"object_id(": 4, b"raiserror": 3,
        b" @@": 1, b"(@@": 1, b"=@@": 1,
        b" n'": 1, b"begin tran": 1, b"begin try": 4, b"nolock": 3, b"\n:setvar": 4,
        b"sysobjects": 4,
        b"], [": 2, b"varchar(max)": 4, b"newid()": 3, b"scope_identity": 3,
        b"create table #": 4, b"insert into #": 4, b" into #": 2, b"drop table #": 3, b"from #": 3,
        b"exec sp_": 4, b"sp_rename": 3, b"convert(varchar": 3, b"convert(nvarchar": 3,
        b"convert(date": 2, b"convert(int": 2, b" top (": 2, b"dateadd(": 1, b"datediff(": 1,
        b"datetime2": 3, b"varbinary(max)": 4, b"cross apply": 2, b"outer apply": 2,
        b"with (nolock)": 3, b"try_convert(": 4, b"merge dbo": 2, b" len(": 1,
    },
    Dialect.ORACLE: {
        b"\n@@": 4, b"create or replace synonym": 4,
        b"varchar2": 4, b"\n/\n": 2, b"\n/\r": 2, b" number(": 2, b"sysdate": 2, b" nvl(": 2,
        b"tablespace": 1,
        b"from dual": 3, b".nextval": 2, b"pls_integer": 4, b"dbms_": 4,
        b"create or replace package": 5,
        b"exception\n": 1, b"\nprompt": 4, b"\nspool": 4, b"\nwhenever sqlerror": 5,
        b"\nset define": 4,
        b"\nset serveroutput": 4, b"%type": 2, b"%rowtype": 2, b"execute immediate": 2,
        b"\nrem ": 3,
        b"to_date(": 1, b" rownum": 3, b"clob": 1, b"user_tables": 2, b"connect by": 3, b" := ": 1,
        b"pctfree": 3, b"storage (": 2, b"enable;": 1, b"listagg(": 2,
        b" number,": 1, b" number not null": 2, b" number primary key": 2, b" number)": 1,
        b"(+)": 3, b" minus\n": 1, b" minus select": 3, b"alter session set": 2, b"nls_": 2,
        b"modify (": 1, b"bulk collect": 4, b"utl_file": 4, b"raise_application_error": 4,
        b"sys_refcursor": 4, b"systimestamp": 3, b"decode(": 1, b"add_months(": 1, b"nvl2(": 2,
    },
    Dialect.DUCKDB: {
        b"read_csv_auto(": 5, b"read_parquet(": 4, b"read_csv(": 3, b"read_json_auto(": 5,
        b"create or replace macro": 4, b"create macro": 4, b"\ninstall ": 3, b"hugeint": 5,
        b"list_transform(": 4, b"\nsummarize ": 4, b" exclude (": 2, b"attach 'md:": 5,
        b"(format parquet": 4,
    },
    Dialect.MARIADB: {
        b"/*m!": 5, b"engine=aria": 5, b"engine=columnstore": 5, b"with system versioning": 3,
        b"begin not atomic": 4, b"if not exists select": 1,
    },
    Dialect.BIGQUERY: {
        b"safe_cast(": 3, b"safe_divide(": 5, b"_table_suffix": 5, b"int64": 3, b"float64": 2,
        b"struct<": 2, b"timestamp_trunc(": 3, b"options(": 3, b"generate_date_array(": 4,
        b"bignumeric": 4, b"approx_quantiles(": 3, b" except (": 1, b"qualify ": 1,
        b"format_timestamp(": 3, b"format_date(": 2, b"parse_date(": 2, b"parse_timestamp(": 2,
        b"countif(": 3, b"generate_array(": 2, b"safe_offset(": 4, b"select as struct": 4,
        b"_partitiontime": 5, b"#standardsql": 5, b"export data": 2, b"array<struct<": 1,
        b"current_datetime(": 2, b"timestamp_sub(": 3, b"timestamp_add(": 2,
    },
    Dialect.SNOWFLAKE: {
        b" variant": 3, b"::variant": 3, b"lateral flatten": 5, b"flatten(input": 4,
        b"create or replace warehouse": 5, b"create warehouse": 5, b"use warehouse": 5,
        b"copy into": 4, b"file_format": 3, b"create or replace stage": 5, b"create stage": 4,
        b"timestamp_ntz": 4, b"timestamp_ltz": 4, b"parse_json(": 3, b" iff(": 3,
        b"listagg(": 2, b"number(38": 4, b"use role ": 3, b"zeroifnull(": 2, b"qualify ": 1,
        b" clone ": 2, b"create or replace task": 4, b"create task": 3,
        b"create or replace pipe": 5, b"transient table": 4, b"execute immediate $": 3,
        b"object_construct(": 4,
    },
    Dialect.REDSHIFT: {
        b"diststyle": 5, b"distkey": 5, b"sortkey": 5, b"encode zstd": 5, b"encode lzo": 5,
        b"encode az64": 5, b"iam_role": 4, b"unload (": 4, b"svv_": 3, b"stl_": 3,
        b"listagg(": 3,
    },
    Dialect.SPARK: {
        b"using delta": 5, b"using parquet": 4, b"using iceberg": 4, b"stored as ": 4,
        b"row format ": 3, b"lateral view": 5, b"tblproperties": 5, b"partitioned by (": 3,
        b"insert overwrite": 5, b"distribute by": 4, b"msck repair": 5, b"explode(": 3,
        b"zorder by": 5, b"map<": 2, b"struct<": 1, b"array<": 1, b"temporary view": 1,
        b"set hive.": 5, b"load data inpath": 4, b"overwrite into table": 4, b"\nadd jar": 4,
        b"collect_list(": 3, b"collect_set(": 3, b"\nrefresh table": 3, b"\ncache table": 3,
        b"fields terminated by": 0.5, b"sort by ": 1, b"create temporary function": 2,
    },
}  # fmt: skip

# What programs write of themselves into comments, and escapes within literals.
_SPOKEN: dict[bytes, tuple[Dialect, float]] = {
    b"phpmyadmin": (Dialect.MYSQL, 5),
    b"mysql dump": (Dialect.MYSQL, 5),
    b"mariadb dump": (Dialect.MARIADB, 9),
    b"-mariadb": (Dialect.MARIADB, 5),
    b"\\'s": (Dialect.MYSQL, 2),
    b"\\'t": (Dialect.MYSQL, 2),
    b"postgresql database dump": (Dialect.POSTGRES, 5),
}
# A dialect that is another one with marks of its own takes what speaks for the other.
_CHILDREN = {
    Dialect.MARIADB: Dialect.MYSQL,
    Dialect.REDSHIFT: Dialect.POSTGRES,
    Dialect.DUCKDB: Dialect.POSTGRES,
}
_CHILD_FROM = 4.0

_EVERY = sorted({mark for marks in _MARKS.values() for mark in marks})
# One byte comes so often that counting is cheaper than a list of its places.
_SINGLE = [mark for mark in _EVERY if len(mark) == 1]
_LITERALS = [mark for mark in _EVERY if len(mark) > 1]
_WEIGHTS = {
    literal: [(dialect, marks[literal]) for dialect, marks in _MARKS.items() if literal in marks]
    for literal in _EVERY
}
_FINDER = BytesAhoCorasick(_LITERALS)
_NUMBER = itemgetter(0)
_SPOKEN_FINDER = BytesAhoCorasick(list(_SPOKEN))
_SPEAKERS = list(_SPOKEN.values())
_IN_SPOKEN = (b" dump", b"-mariadb", b"phpmyadmin", b"\\'")  # each has one of these

# What begins with a form rather than with a word: SQL*Plus's scripts, parameters of T-SQL.
_SCRIPT = re.compile(rb"\n@{1,2}[\w./&$-]{1,100}\.(?:sql|pl[sb]|pk[sb])\b")
_PARAMETER = re.compile(
    rb"\b(?:proc|procedure|function)\s{1,20}[\w.\[\]\"]{1,200}\s{0,20}\(?\s{0,20}@\w"
)
_LIMITS = re.compile(rb"\blimit\s{1,9}\d{1,9}\s{0,9},\s{0,9}\d")  # of MySQL; SQLite has it too

# Literals on one line (the group, without their first quote) and comments: what stands in them
# speaks of no dialect. The first character stands before everything else, so that the engine
# leaps to the next one.
_QUIET = re.compile(
    rb"['/-](?:(?<=')((?:[^'\\\r\n]++|\\[^\r\n]|''|(?!))*+')|(?<=-)-[^\r\n]*+"
    rb"|(?<=/)\*(?![!M])(?:[^*]++|\*(?!/)|(?!))*+\*/)"
)
_FORM_WEIGHT = 6.0  # a quoted name says more than any word
_BRACKETED = re.compile(rb"\[(?<![\w\])$]\[)[a-z_][\w $#]{0,127}\](?!\s*::)")
_BACKTICKED = re.compile(rb"`[^`\r\n]{1,128}`")
_PROJECT = re.compile(rb"`[\w-]{1,60}\.[\w-]{1,60}(?:\.[\w*-]{1,60})?`")
# SQLite alone has no EXECUTE or AS between a trigger's table and its BEGIN, and what it has behind
# WHEN needs no parentheses.
_LITE_TRIGGER = re.compile(
    rb"create\s+(?:temp(?:orary)?\s+)?trigger\s+(?:if\s+not\s+exists\s+)?\S{1,80}\s+"
    rb"(?:(?:before|after|instead\s+of)\s+)?(?:insert|delete|update(?:\s+of\s+[\w, ]{1,200}?)?)"
    rb"\s+on\s+\S{1,80}\s+(?:for\s+each\s+row\s+(?=when\s+[^\s(]))?(?:when\b[^;]{1,200}?)?begin\b"
)

_PATH = re.compile(
    r"(?P<redshift>redshift)|(?P<mariadb>mariadb)|(?P<duckdb>duckdb)|(?P<bigquery>bigquery)"
    r"|(?P<snowflake>snowflake)|(?P<spark>spark|databricks|\bhive\b|\.hql$)"
    r"|(?P<postgres>postgres|pgsql|plpgsql|\bpg\b|postgis|timescale)"
    r"|(?P<mysql>mysql|innodb|phpmyadmin)"
    r"|(?P<sqlite>sqlite)"
    r"|(?P<tsql>mssql|sqlserver|sql-server|sql_server|t-?sql\b|\.tsql$)"
    r"|(?P<oracle>oracle|plsql|\bora\b|\.(?:pks|pkb|pls|plb|pck|prc)$)",
    re.IGNORECASE,
)
_PATH_WEIGHT = 5.0
_DOUBT = 3.0  # evidence that nothing speaks for: keeps one weak mark from giving a high confidence


@dataclass(frozen=True, slots=True)
class Guess:
    """`confidence` is between 0 (no sign at all) and 1."""

    dialect: Dialect
    confidence: float


def guess_dialect(content: bytes, *, path: str = "", neighbours: Iterable[Dialect] = ()) -> Guess:
    """Weigh the marks of each dialect in at most 32 KB of `content` and in `path`.

    Marks within literals and comments do not count, those of dump programs excepted. The
    confidence is the winner's share of all evidence, with a constant of doubt added. A file that
    says nothing is of the dialect that most of its `neighbours` (the files of its folder, or of
    its repository; a Counter of them will do) are of.
    """
    scores = _scores(b"\n" + _sample(content).lower() + b"\n")
    folder, slash, name = path.rpartition("/")
    for dialect in _hints(folder + slash) + _hints(name):
        scores[dialect] += _PATH_WEIGHT
    for child, parent in _CHILDREN.items():
        if scores[child] >= _CHILD_FROM:
            scores[child] += scores[parent]
            scores[parent] = 0.0
    best = max(scores, key=scores.__getitem__)
    if not scores[best]:
        return _like(neighbours)
    return Guess(best, round(scores[best] / (sum(scores.values()) + _DOUBT), 3))


def _scores(sample: bytes) -> dict[Dialect, float]:
    scores = dict.fromkeys(_MARKS, 0.0)
    if any(part in sample for part in _IN_SPOKEN):
        for number, _, _ in _SPOKEN_FINDER.find_matches_as_indexes(sample):
            dialect, weight = _SPEAKERS[number]
            scores[dialect] += weight
    quiet = _quiet(sample)
    for mark, times in _times(quiet):
        for dialect, weight in _WEIGHTS[mark]:
            scores[dialect] += weight * min(times, MOST_PER_MARK)
    _weigh_forms(quiet, scores)
    return scores


def _quiet(sample: bytes) -> bytes:
    """The sample with empty literals and without comments."""
    parts: list[bytes | None] = _QUIET.split(sample)
    parts[1::2] = [b" " if rest is None else b"''" for rest in parts[1::2]]
    quiet = b"".join(parts)  # type: ignore[arg-type]  # no None is left
    # $$ and // are delimiters there.
    return quiet.replace(b"$$", b"") if b"\ndelimiter " in quiet else quiet


def _times(quiet: bytes) -> Iterator[tuple[bytes, int]]:
    """How often each mark comes."""
    for mark in _SINGLE:
        yield mark, quiet.count(mark)
    found = _FINDER.find_matches_as_indexes(quiet, overlapping=True)
    for number, times in Counter(map(_NUMBER, found)).items():
        yield _LITERALS[number], times


def _weigh_forms(quiet: bytes, scores: dict[Dialect, float]) -> None:
    """The ways of quoting names, and SQLite's triggers."""
    if _BRACKETED.search(quiet):
        scores[Dialect.TSQL] += _FORM_WEIGHT
        scores[Dialect.SQLITE] += _FORM_WEIGHT / 2
    if b"`" in quiet:
        _weigh_backticks(quiet, scores)
    if b"trigger" in quiet and _LITE_TRIGGER.search(quiet):
        scores[Dialect.SQLITE] += _FORM_WEIGHT
    if b"\n@" in quiet and _SCRIPT.search(quiet):
        scores[Dialect.ORACLE] += _FORM_WEIGHT
    if b"@" in quiet and _PARAMETER.search(quiet):
        scores[Dialect.TSQL] += _FORM_WEIGHT
    if b"limit" in quiet and _LIMITS.search(quiet):
        scores[Dialect.MYSQL] += 1


def _weigh_backticks(quiet: bytes, scores: dict[Dialect, float]) -> None:
    if _PROJECT.search(quiet):
        scores[Dialect.BIGQUERY] += _FORM_WEIGHT
    elif _BACKTICKED.search(quiet):
        scores[Dialect.MYSQL] += _FORM_WEIGHT
    for dialect in (Dialect.BIGQUERY, Dialect.SPARK):  # which quote their names so as well
        if scores[dialect] >= _CHILD_FROM:
            scores[dialect] += scores[Dialect.MYSQL]
            scores[Dialect.MYSQL] = 0.0


def _like(neighbours: Iterable[Dialect]) -> Guess:
    known = Counter(neighbours)
    del known[Dialect.UNKNOWN]
    if not known:
        return Guess(Dialect.UNKNOWN, 0.0)
    dialect, number = known.most_common(1)[0]
    return Guess(dialect, round(number / (known.total() + _DOUBT), 3))


@lru_cache(maxsize=4096)
def _hints(path: str) -> tuple[Dialect, ...]:
    """The dialects that a folder or a file's name speaks of; neighbours share their folder."""
    return tuple(Dialect(hint.lastgroup or "") for hint in _PATH.finditer(path))


def _sample(content: bytes) -> bytes:
    if len(content) <= HEAD + 2 * PART:
        return content
    middle = len(content) // 2
    return b"\n".join((b"", content[:HEAD], content[middle : middle + PART], content[-PART:]))
