"""The statements that leave a role nothing but reading the tables of questions."""

from __future__ import annotations

#: Every object of ours begins so; then the database and the process that made it.
PREFIX = "quizengine_"

#: Written into the role, so that each of its sessions begins with them.
ROLE_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "1s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "10s",
    # A query whose asker has gone ends, too.
    "client_connection_check_interval": "100ms",
    "work_mem": "4MB",
    "hash_mem_multiplier": "1",
    "search_path": "",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # A table is read in the order in which its rows lie, not in that of a key.
    "enable_indexscan": "off",
    "enable_indexonlyscan": "off",
    "enable_bitmapscan": "off",
    "cursor_tuple_fraction": "1",
    "standard_conforming_strings": "on",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "client_encoding": "UTF8",
}
#: What only a superuser can write into a role.
SUPERUSER_SETTINGS = {"temp_file_limit": "16MB", "lc_messages": "C"}

#: Run once in a database, by a superuser: what has an effect, reads the server or runs text is nobody's.
REVOKE_FUNCTIONS = r"""
DO $$
DECLARE
  listed text;
BEGIN
  SELECT string_agg(oid::regprocedure::text, ', ') INTO listed
  FROM pg_proc
  WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f'
    AND (provolatile = 'v'
      OR proname ~ '^(pg_|lo_|has_|inet_|txid_|current_setting$|version$)'
      OR proname ~ '_to_xml(schema|_and_xmlschema)?$');
  EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || listed || ' FROM PUBLIC';
END
$$;
REVOKE ALL ON ALL TABLES IN SCHEMA pg_catalog FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA information_schema FROM PUBLIC;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
"""
IS_REVOKED = """
SELECT NOT EXISTS (
  SELECT FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
  WHERE proname = 'pg_sleep' AND grantee = 0)
"""
FOREIGN_TABLE = r"""
SELECT c.oid::regclass::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema$|quizengine_)'
LIMIT 1
"""


#: Rights that the account itself has given: those of others are not its to take away.
DROP_ROLE = """
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM {role}', current_database());
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    REVOKE EXECUTE ON FUNCTION pg_catalog.random(), pg_catalog.setseed(double precision) FROM {role};
  END IF;
  DROP ROLE {role};
END
$$
"""


def drop_script(role: str) -> str:
    """Return the statements that drop a role whose schemas are gone."""
    return DROP_ROLE.replace("{role}", role)


def role_script(role: str, password: str, database: str, *, connections: int, superuser: bool) -> str:
    """Return the statements that make the role that queries run as. ``password`` holds no quote."""
    settings = {**ROLE_SETTINGS, **(SUPERUSER_SETTINGS if superuser else {})}
    lines = [
        f"CREATE ROLE {role} LOGIN NOINHERIT CONNECTION LIMIT {connections} PASSWORD '{password}'",
        *(f"ALTER ROLE {role} SET {name} TO '{value}'" for name, value in settings.items()),
        f"REVOKE CREATE, TEMPORARY ON DATABASE {quoted(database)} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {quoted(database)} TO {role}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    ]
    if superuser:
        # The two that the order probe needs; what a person types cannot name them.
        lines.append(f"GRANT EXECUTE ON FUNCTION random(), setseed(double precision) TO {role}")
    return ";\n".join(lines)


def quoted(name: str) -> str:
    """Return a name in quotes, as it is."""
    return '"' + name.replace('"', '""') + '"'
