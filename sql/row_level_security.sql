-- Optional: readers see only the directorates that are theirs. Run after roles.sql and the first
-- set-up, by the owner, and again after a migration that adds tables:
--
--     psql -d DATABASE -v writer=perf_writer -v reader=perf_reader -f sql/row_level_security.sql
--     INSERT INTO core.reader_directorates VALUES ('adults_analysts', 'adults_services');
--
-- A reader sees a row when a role that it is a member of is listed for the row's directorate, or for
-- `*`, which is every directorate. Rows of no directorate and no KPI (council_summary, rag_scheme and
-- the like) are for all. It is forced: the owner, through whom views read, is bound by it too.

\set ON_ERROR_STOP on

CREATE TABLE IF NOT EXISTS core.reader_directorates (
    role_name varchar(63) NOT NULL,
    directorate_code varchar(20) NOT NULL,
    PRIMARY KEY (role_name, directorate_code)
);
COMMENT ON TABLE core.reader_directorates IS 'Which directorates a role may read; * is every one.';

CREATE OR REPLACE FUNCTION core.may_read(directorate varchar) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT pg_has_role(current_user, (SELECT nspowner FROM pg_namespace WHERE nspname = 'core'), 'member')
        OR EXISTS (
            SELECT FROM core.reader_directorates AS allowed
            JOIN pg_roles AS known ON known.rolname = allowed.role_name
            WHERE pg_has_role(current_user, known.oid, 'member')
                AND allowed.directorate_code IN (directorate, '*')
        )
$$;
