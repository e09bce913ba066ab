"""Which names may stand before a parenthesis in a query for PostgreSQL, and which may stand nowhere."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Functions that only compute, the same on every day and on every machine.
FUNCTIONS = _names(
    """abs acos age any_value array_agg array_append array_cat array_dims array_length array_lower
    array_ndims array_position array_positions array_prepend array_remove array_replace array_to_json
    array_to_string array_upper ascii asin atan atan2 avg bit_and bit_length bit_or bit_xor bool_and
    bool_or btrim cardinality cbrt ceil ceiling char_length character_length chr coalesce concat
    concat_ws corr cos count covar_pop covar_samp cume_dist date date_bin date_part date_trunc daterange
    degrees dense_rank div every exp extract factorial first_value floor format gcd generate_series
    generate_subscripts greatest grouping initcap int4range int8range isempty isfinite json_agg
    json_array_elements json_array_elements_text json_array_length json_build_array json_build_object
    json_each json_each_text json_extract_path json_extract_path_text json_object json_object_agg
    json_object_keys json_populate_record json_populate_recordset json_strip_nulls json_to_record
    json_to_recordset json_typeof jsonb_agg jsonb_array_elements jsonb_array_elements_text
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
    jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg
    jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array
    jsonb_path_query_first jsonb_populate_record jsonb_pretty jsonb_set jsonb_strip_nulls
    jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days justify_hours justify_interval lag
    last_value lcm lead least left length ln log log10 lower lower_inc lower_inf ltrim make_date
    make_interval make_time make_timestamp max md5 min mod mode multirange normalize nth_value ntile
    nullif num_nonnulls num_nulls numrange octet_length overlay percent_rank percentile_cont
    percentile_disc pi position power quote_literal radians range_agg range_merge rank regexp_count
    regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
    regr_sxx regr_sxy regr_syy replace reverse right round row_number row_to_json rtrim scale sign sin
    split_part sqrt starts_with stddev stddev_pop stddev_samp string_agg string_to_array string_to_table
    strpos substr substring sum tan to_char to_date to_hex to_json to_jsonb to_number to_timestamp
    translate trim trim_scale trunc tsrange unnest upper upper_inc upper_inf var_pop var_samp variance
    width_bucket"""
)

#: Words of the grammar, behind which a parenthesis calls nothing. A name behind one of them is no alias.
KEYWORDS = _names(
    """all and any array as asc asymmetric at between both by case cast collate cross cube current default
    desc distinct else end escape except exclude exists false fetch filter first following for from full
    group groups having ilike in inner intersect into is isnull join key last lateral leading left like
    limit materialized natural next not notnull null nulls offset on only or order ordinality others
    outer over overlaps partition placing preceding range recursive repeatable returning right rollup
    row rows select sets similar some symmetric tablesample then ties to trailing true unbounded union
    using value values variadic when where window with within without zone"""
)

#: Types that take a length or a precision.
TYPES = _names(
    """bit char character dec decimal float interval numeric time timestamp timestamptz varchar varying"""
)

#: What hangs on the day, the session or the machine: words that are calls without a parenthesis.
CLOCK = _names("current_date current_time current_timestamp localtime localtimestamp")
CLOCK_FUNCTIONS = _names(
    "now clock_timestamp statement_timestamp transaction_timestamp timeofday random random_normal setseed "
    "gen_random_uuid"
)
CLOCK_WORDS = _names("now today tomorrow yesterday")
SESSION = _names(
    "current_catalog current_database current_role current_schema current_user session_user system_user"
)
HIDDEN_COLUMNS = _names("ctid xmin xmax cmin cmax tableoid")
#: Schemas and catalogues of the server itself, and how its own functions and tables begin.
SERVER_NAMES = _names("information_schema set_config current_setting pg_catalog")
SERVER_PREFIXES = ("pg_", "dblink", "lo_", "binary_upgrade_")

#: What a WITH may begin with that changes data.
WRITING = _names("insert update delete merge truncate copy")
