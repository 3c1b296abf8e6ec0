-- Who may do what on PostgreSQL. Run once by an administrator, in the warehouse's database:
--
--     psql -d DATABASE -v owner=perf_owner -v writer=perf_writer -v reader=perf_reader -f sql/roles.sql
--
-- The owner sets the database up and migrates it (perf-pipeline prepare); the writer runs quarters;
-- the reader is what BI tools connect as. The three are group roles without a password or login:
-- give each person or service a role of its own that is a member of one of them. It can be run again.

\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I NOLOGIN', name)
FROM (VALUES (:'owner'), (:'writer'), (:'reader')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name)
\gexec

REVOKE ALL ON SCHEMA public FROM PUBLIC;
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format(
    'GRANT CONNECT ON DATABASE %I TO %I, %I, %I', current_database(), :'owner', :'writer', :'reader'
) \gexec
SELECT format('GRANT CREATE ON DATABASE %I TO %I', current_database(), :'owner') \gexec

CREATE SCHEMA IF NOT EXISTS core;
CREATE SCHEMA IF NOT EXISTS reporting;
ALTER SCHEMA core OWNER TO :"owner";
ALTER SCHEMA reporting OWNER TO :"owner";

-- Whoever sets the database up must create as the owner, so that what follows holds for it:
--     ALTER ROLE somebody SET role = perf_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA reporting
    GRANT SELECT ON TABLES TO :"writer", :"reader";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA core
    GRANT SELECT, INSERT ON TABLES TO :"writer";

-- The reader has no right to `core` at all, and so to no draft and no rejected version.
GRANT USAGE ON SCHEMA reporting TO :"writer", :"reader";
GRANT USAGE ON SCHEMA core TO :"writer";
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO :"writer", :"reader";
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA core TO :"writer";

-- Only the two pointers of a quarter are ever moved. Run this file again after the first set-up,
-- since the tables must be there for it.
SELECT format('GRANT UPDATE ON core.%I TO %I', name, :'writer')
FROM (VALUES ('current_publications'), ('draft_publications')) AS pointers (name)
WHERE to_regclass('core.' || name) IS NOT NULL
\gexec

-- The revision and the dictionary are the owner's alone to write.
SELECT format('REVOKE INSERT ON core.%I FROM %I', name, :'writer')
FROM (VALUES ('alembic_version'), ('data_dictionary_entries'), ('calendar_quarters')) AS own (name)
WHERE to_regclass('core.' || name) IS NOT NULL
\gexec
