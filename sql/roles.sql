-- Who may do what on PostgreSQL. Run by an administrator, in the warehouse's database, before the
-- first set-up and again after it and after every migration, since rights on a table need the table:
--
--     psql -d DATABASE -v owner=perf_owner -v writer=perf_writer -v reader=perf_reader -f sql/roles.sql
--
-- The owner sets the database up and migrates it (perf-pipeline prepare); the writer runs quarters,
-- signs and releases; the reader is what BI tools connect as. A fourth, the detail reader, sees the
-- rows of disaggregated returns, which hold small numbers: `-v detail_reader=…`, perf_detail_reader
-- unless given. All are group roles without a password or login: give each person or service a login
-- of its own that is a member of one of them, and of the reader too where it may see such rows.
-- Owners and writers act as their group from the moment they log in, so that what they make is the
-- group's:
--
--     CREATE ROLE nightly_run LOGIN IN ROLE perf_writer;  ALTER ROLE nightly_run SET role = perf_writer;
--     CREATE ROLE power_bi LOGIN IN ROLE perf_reader;
--     CREATE ROLE ward_analyst LOGIN IN ROLE perf_reader, perf_detail_reader;

\set ON_ERROR_STOP on
\if :{?detail_reader}
\else
    \set detail_reader perf_detail_reader
\endif

BEGIN;
SET LOCAL client_min_messages = warning;

SELECT format('CREATE ROLE %I NOLOGIN', name)
FROM (VALUES (:'owner'), (:'writer'), (:'reader'), (:'detail_reader')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name)
\gexec

-- An administrator who is no superuser can hand things to the owner only as one of its members.
SELECT format('GRANT %I TO %I', :'owner', current_user)
FROM pg_roles
WHERE rolname = current_user AND NOT rolsuper
\gexec

-- Nobody has anything without being given it: not even the right to connect or to make a
-- temporary table, whose name could stand before a view's.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SELECT format(
    'REVOKE ALL ON DATABASE %I FROM PUBLIC, %I, %I, %I',
    current_database(), :'writer', :'reader', :'detail_reader'
) \gexec
SELECT format(
    'GRANT CONNECT ON DATABASE %I TO %I, %I, %I, %I',
    current_database(), :'owner', :'writer', :'reader', :'detail_reader'
) \gexec
SELECT format('GRANT CREATE ON DATABASE %I TO %I', current_database(), :'owner') \gexec

-- Everybody may otherwise hold the locks by which runs wait for each other, and keep large objects.
-- These functions are a superuser's to give; on a hosted server they stay as they are.
SELECT
    format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure),
    format('GRANT EXECUTE ON FUNCTION %s TO %I, %I', oid::regprocedure, :'owner', :'writer')
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace
    AND (proname LIKE 'pg\_%advisory\_%' OR proname IN ('lo_creat', 'lo_create', 'lo_from_bytea'))
    AND EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper)
\gexec

CREATE SCHEMA IF NOT EXISTS core;
CREATE SCHEMA IF NOT EXISTS reporting;
CREATE SCHEMA IF NOT EXISTS detail;
ALTER SCHEMA core OWNER TO :"owner";
ALTER SCHEMA reporting OWNER TO :"owner";
ALTER SCHEMA detail OWNER TO :"owner";

-- What somebody set up before there was an owner. A view reads with its own owner's rights.
SELECT format(
    'ALTER %s %I.%I OWNER TO %I',
    CASE relation.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,
    schema.nspname,
    relation.relname,
    :'owner'
)
FROM pg_class AS relation
JOIN pg_namespace AS schema ON schema.oid = relation.relnamespace
WHERE schema.nspname IN ('core', 'reporting', 'detail') AND relation.relkind IN ('r', 'p', 'v')
    AND pg_get_userbyid(relation.relowner) <> :'owner'
\gexec
SELECT format('ALTER FUNCTION %s OWNER TO %I', oid::regprocedure, :'owner')
FROM pg_proc
WHERE pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('core', 'reporting', 'detail'))
    AND pg_get_userbyid(proowner) <> :'owner'
\gexec

-- Without a barrier a condition of the reader's can be tried on rows that the view leaves out, and
-- its error message quotes what they hold: drafts and rejected versions.
SELECT format('ALTER VIEW %I.%I SET (security_barrier = true)', schemaname, viewname)
FROM pg_views
WHERE schemaname IN ('reporting', 'detail')
\gexec

-- Whatever was given before is taken back, so that what follows is all there is.
REVOKE ALL ON SCHEMA core, reporting, detail
    FROM PUBLIC, :"writer", :"reader", :"detail_reader";
REVOKE ALL ON ALL TABLES IN SCHEMA core, reporting, detail
    FROM PUBLIC, :"writer", :"reader", :"detail_reader";
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA core, reporting, detail FROM PUBLIC;

-- For tables and views that the owner makes later: a migration makes every view anew.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" REVOKE ALL ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA reporting
    GRANT SELECT ON TABLES TO :"writer", :"reader";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA detail
    GRANT SELECT ON TABLES TO :"writer", :"detail_reader";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA core
    GRANT SELECT, INSERT ON TABLES TO :"writer";

-- The reader has no right to `core` at all, and so to no draft and no rejected version.
GRANT USAGE ON SCHEMA reporting TO :"writer", :"reader";
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO :"writer", :"reader";

-- Rows of disaggregated returns are no reader's who is not given them by this role too.
GRANT USAGE ON SCHEMA detail TO :"writer", :"detail_reader";
GRANT SELECT ON ALL TABLES IN SCHEMA detail TO :"writer", :"detail_reader";

-- The writer adds and never changes.
GRANT USAGE ON SCHEMA core TO :"writer";
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA core TO :"writer";

-- Only the two pointers of a quarter are ever moved.
SELECT format('GRANT UPDATE ON core.%I TO %I', name, :'writer')
FROM (VALUES ('current_publications'), ('draft_publications')) AS pointers (name)
WHERE to_regclass('core.' || name) IS NOT NULL
\gexec

-- The revision, the dictionary, the calendar and who reads what are the owner's alone to write.
SELECT format('REVOKE INSERT ON core.%I FROM %I', name, :'writer')
FROM (
    VALUES ('alembic_version'), ('data_dictionary_entries'), ('calendar_quarters')
) AS own (name)
WHERE to_regclass('core.' || name) IS NOT NULL
\gexec
SELECT format('REVOKE ALL ON core.%I FROM %I', 'reader_directorates', :'writer')
WHERE to_regclass('core.reader_directorates') IS NOT NULL
\gexec

COMMIT;
