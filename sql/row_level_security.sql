-- Optional: readers see only the directorates that are theirs. Run by an administrator after
-- roles.sql and the first set-up, and again after every migration, since new tables need it too:
--
--     psql -d DATABASE -v writer=perf_writer -v reader=perf_reader -f sql/row_level_security.sql
--     INSERT INTO core.reader_directorates VALUES ('adults_analysts', 'adults_services');
--
-- A reader sees the rows of the directorates that are listed for a role it is a member of; listed
-- for `*`, it sees all. Directorates that were replaced are listed by their old codes too.
--
--     row about                            who sees it
--     a directorate, service or KPI        readers of the directorate, as it was in that publication
--     a source, an owner of KPIs           readers of every directorate whose KPIs are theirs
--     a rejected row of an unknown KPI     the same, of its source
--     the council, a priority, a theme     every reader
--     a change of the organisation         every reader
--
-- A view reads with its owner's rights, so the policies are forced upon the owner; `current_user`
-- in a policy is nevertheless the reader. PostgreSQL refuses COPY into a table whose policies bind
-- the role that copies, so the writer's group is exempt, for which its logins must act as the group
-- (ALTER ROLE … SET role, see roles.sql).

\set ON_ERROR_STOP on

BEGIN;
SET LOCAL client_min_messages = warning;

DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_class AS relation
        JOIN pg_roles AS owner ON owner.oid = relation.relowner
        JOIN pg_namespace AS schema ON schema.oid = relation.relnamespace
        WHERE schema.nspname IN ('core', 'reporting', 'detail')
            AND (owner.rolsuper OR owner.rolbypassrls)
    ) THEN
        RAISE EXCEPTION 'Tables or views belong to a role that policies do not bind: run roles.sql';
    END IF;
END
$$;

SELECT format('ALTER ROLE %I BYPASSRLS', rolname)
FROM pg_roles
WHERE rolname = :'writer' AND NOT rolbypassrls
\gexec

SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = 'core' \gset
SET LOCAL ROLE :"owner";

CREATE TABLE IF NOT EXISTS core.reader_directorates (
    role_name varchar(63) NOT NULL,
    directorate_code varchar(20) NOT NULL,
    PRIMARY KEY (role_name, directorate_code)
);
COMMENT ON TABLE core.reader_directorates IS 'Which directorates a role may read; * is every one.';
REVOKE ALL ON core.reader_directorates FROM PUBLIC, :"writer", :"reader";
INSERT INTO core.reader_directorates VALUES (:'owner', '*'), (:'writer', '*')
ON CONFLICT DO NOTHING;

-- The functions run as the owner, who may see the list; each is told who asks. Were pg_temp not named
-- last, a temporary table of the reader's would stand before a system table.
CREATE OR REPLACE FUNCTION core.directorates_of(asking name) RETURNS SETOF varchar
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT allowed.directorate_code
    FROM core.reader_directorates AS allowed
    JOIN pg_catalog.pg_roles AS known ON known.rolname = allowed.role_name
    WHERE pg_has_role(asking, known.oid, 'MEMBER')
$$;

CREATE OR REPLACE FUNCTION core.reads_all(asking name) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT '*' IN (SELECT core.directorates_of(asking))
$$;

-- Whether every directorate of these KPIs is theirs: those of a reference, or else of a source or
-- an owner. False where no KPI is found, true where nothing is asked for.
CREATE OR REPLACE FUNCTION core.reads_kpis(
    asking name, publications varchar[], reference varchar, source varchar, owner varchar
) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH kpi AS (
        SELECT
            scorecard.kpi_ref,
            scorecard.source_code,
            scorecard.owner_name,
            scorecard.directorate_code IN (SELECT core.directorates_of(asking)) AS is_theirs
        FROM core.kpi_scorecard_versions AS scorecard
        WHERE scorecard.publication_id = ANY (publications)
    )
    SELECT coalesce(reference, source, owner) IS NULL OR coalesce(
        (SELECT bool_and(is_theirs) FROM kpi WHERE kpi_ref = reference),
        (SELECT bool_and(is_theirs) FROM kpi WHERE source_code = source OR owner_name = owner),
        false
    )
$$;

-- Whether a change between publications is theirs. Its key is that of the row without the quarter,
-- joined by ` / `; a table that is not named here is nobody's but those who read all.
CREATE OR REPLACE FUNCTION core.reads_change(
    asking name, publications varchar[], changed varchar, key varchar, reference varchar
) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN reference IS NOT NULL
            THEN core.reads_kpis(asking, publications, reference, NULL, NULL)
        WHEN changed IN (
            'council_summary', 'priority_summary', 'theme_summary', 'rag_scheme',
            'organisation_changes'
        ) THEN true
        WHEN changed IN ('directorate_summary', 'key_issues', 'indicators_in_development')
            THEN split_part(key, ' / ', 1) IN (SELECT core.directorates_of(asking))
        WHEN changed = 'directorate_trend'
            THEN split_part(key, ' / ', 2) IN (SELECT core.directorates_of(asking))
        WHEN changed = 'service_summary' THEN (
            SELECT coalesce(
                bool_and(service.directorate_code IN (SELECT core.directorates_of(asking))), false
            )
            FROM core.service_summary_versions AS service
            WHERE service.publication_id = ANY (publications) AND service.service_code = key
        )
        ELSE false
    END
$$;

GRANT EXECUTE ON FUNCTION
    core.directorates_of, core.reads_all, core.reads_kpis, core.reads_change
TO :"writer", :"reader";

-- One policy a table, by the columns that it has. Subqueries that do not depend on the row are worked
-- out once a query; a KPI's own policy holds in the subquery too.
WITH known AS (
    SELECT
        relation.relname AS name,
        array_agg(attribute.attname::text) AS present,
        array_agg(attribute.attname::text) FILTER (WHERE attribute.attnotnull) AS filled
    FROM pg_class AS relation
    JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid AND attribute.attnum > 0
    WHERE relation.relnamespace = 'core'::regnamespace AND relation.relkind = 'r'
        AND (relation.relname LIKE '%\_versions' OR relation.relname = 'publication_change_entries')
    GROUP BY relation.relname
),
given AS (
    SELECT
        name,
        filled,
        CASE WHEN 'directorate_code' = ANY (present) THEN 'directorate_code' END AS directorate,
        CASE WHEN 'kpi_ref' = ANY (present) THEN 'kpi_ref' END AS reference,
        CASE WHEN 'source_code' = ANY (present) THEN 'source_code' END AS source,
        CASE WHEN 'owner_name' = ANY (present) THEN 'owner_name' END AS owner
    FROM known
),
policies AS (
    SELECT
        name,
        CASE
            WHEN name = 'publication_change_entries' THEN
                'core.reads_change(current_user, ARRAY[publication_id, before_publication_id],'
                ' table_name, row_key, kpi_ref)'
            WHEN 'directorate_code' = ANY (filled) THEN
                'directorate_code IN (SELECT core.directorates_of(current_user))'
            WHEN 'kpi_ref' = ANY (filled) THEN format(
                'EXISTS (SELECT FROM core.kpi_scorecard_versions AS kpi'
                ' WHERE kpi.publication_id = %1$I.publication_id AND kpi.kpi_ref = %1$I.kpi_ref)',
                name
            )
            WHEN coalesce(directorate, reference, source, owner) IS NOT NULL THEN format(
                'CASE WHEN %1$s IS NOT NULL'
                ' THEN %1$s IN (SELECT core.directorates_of(current_user))'
                ' ELSE core.reads_kpis(current_user, ARRAY[publication_id], %2$s, %3$s, %4$s) END',
                coalesce(directorate, 'NULL::varchar'),
                coalesce(reference, 'NULL'),
                coalesce(source, 'NULL'),
                coalesce(owner, 'NULL')
            )
        END AS condition
    FROM given
)
SELECT
    format('ALTER TABLE core.%I ENABLE ROW LEVEL SECURITY', name),
    format('ALTER TABLE core.%I FORCE ROW LEVEL SECURITY', name),
    format('DROP POLICY IF EXISTS by_directorate ON core.%I', name),
    format(
        'CREATE POLICY by_directorate ON core.%I'
        ' USING ((SELECT core.reads_all(current_user)) OR (%s))',
        name,
        condition
    )
FROM policies
WHERE condition IS NOT NULL
\gexec

COMMIT;
