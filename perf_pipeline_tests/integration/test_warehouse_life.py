"""A draft, its signatures and its release, on SQLite and on a real PostgreSQL alike."""

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.errors import PublicationError, RequestError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    Origin,
    Publication,
    connect,
    current_draft,
    current_publication,
    publish,
    read_table,
    release,
    sign_off,
    verify,
)
from perf_pipeline.warehouse.engine import writing
from perf_pipeline.warehouse.guards import drop_guards
from perf_pipeline.warehouse.life import draft_of, make_visible
from perf_pipeline.warehouse.life_tables import publication_moves, publication_signatures
from perf_pipeline.warehouse.tables import version_tables

pytest_plugins = ["perf_pipeline_tests.integration.prepared_databases"]

QUARTER = Quarter(2023, 1)
ROLES = ["Legal & Governance", "Finance & Procurement", "Executive Lead Member"]
LEGAL, FINANCE, LEAD_MEMBER = ROLES
RELEASER = "Head of Performance"

Builder = Callable[..., dict[str, pd.DataFrame]]
Run = Callable[..., Publication]


@pytest.fixture
def engine(prepared_url: str) -> sa.Engine:
    """A database that is set up and empty, of each kind in turn."""
    return connect(prepared_url)


@pytest.fixture(scope="module")
def tables(build_tables: Builder) -> dict[int, dict[str, pd.DataFrame]]:
    """What a run makes of the inputs that a marker stands for."""
    return {marker: build_tables(QUARTER, marker) for marker in (1, 2)}


@pytest.fixture
def run(engine: sa.Engine, tables: dict[int, dict[str, pd.DataFrame]]) -> Run:
    """Return a function that does what a run does: with `sign_off` in council.yaml, or without."""

    def run(marker: int, *, is_released: bool = False, roles: tuple[str, ...] = ()) -> Publication:
        return publish(
            engine,
            QUARTER,
            tables[marker],
            Origin("Sample Council", "0" * 64, "test", f"run-{marker}"),
            expected_draft=current_draft(engine, QUARTER),
            is_released=is_released,
            roles=roles,
        )

    return run


def sign(
    engine: sa.Engine, *roles: str, publication: str | None = None, note: str | None = None
) -> tuple[str, ...]:
    """Sign the draft for these roles and return those that have yet to sign it."""
    missing: tuple[str, ...] = ()
    for role in roles:
        missing = sign_off(
            engine,
            QUARTER,
            role,
            f"{role} Lead",
            roles=ROLES,
            council_name="Sample Council",
            publication_id=publication,
            note=note,
        ).missing_roles
    return missing


def bring_into_view(engine: sa.Engine, publication: str | None = None) -> Publication:
    """Release the draft, all roles being needed."""
    return release(
        engine,
        QUARTER,
        RELEASER,
        roles=ROLES,
        council_name="Sample Council",
        publication_id=publication,
    )


def markers_in_view(engine: sa.Engine) -> set[int]:
    """Return the markers that readers see."""
    return set(read_table(engine, "council_summary")["kpi_count"])


def test_draft_is_not_seen(engine: sa.Engine, run: Run) -> None:
    """What a run makes of a council that signs is a draft, and readers see none of it."""
    draft = run(1)
    assert (draft.is_released, draft.is_new, draft.move_number) == (False, True, 0)
    assert current_publication(engine, QUARTER) is None
    assert markers_in_view(engine) == set()


def test_draft_is_listed_as_one(engine: sa.Engine, run: Run) -> None:
    """The list of publications tells which one is in view and which one is the draft."""
    run(1, is_released=True)
    run(2)
    listed = read_table(engine, "publications")
    assert list(listed["is_current"]) == [True, False]
    assert list(listed["is_draft"]) == [False, True]


def test_draft_that_every_role_signed_is_released(engine: sa.Engine, run: Run) -> None:
    """Signed by all and released, it is what readers see."""
    run(1)
    assert sign(engine, *ROLES) == ()
    assert bring_into_view(engine).move_number == 1
    assert markers_in_view(engine) == {1}


def test_signing_tells_who_has_yet_to_sign(engine: sa.Engine, run: Run) -> None:
    """Whoever signs is told which version it was, and which roles are left, in their order."""
    draft = run(1)
    signed = sign_off(
        engine, QUARTER, FINANCE, "Finance Lead", roles=ROLES, council_name="Sample Council"
    )
    assert (signed.publication_id, signed.version_number) == (draft.publication_id, 1)
    assert signed.missing_roles == (LEGAL, LEAD_MEMBER)


def test_release_names_the_roles_that_are_missing(engine: sa.Engine, run: Run) -> None:
    """Without every signature nothing is released, and the missing roles are named."""
    run(1, is_released=True)
    run(2)
    sign(engine, FINANCE)
    with pytest.raises(RequestError, match=f"is not signed by: {LEGAL}, {LEAD_MEMBER}\\."):
        bring_into_view(engine)
    assert markers_in_view(engine) == {1}


def test_role_signs_once(engine: sa.Engine, run: Run) -> None:
    """The same role cannot sign a draft twice, whoever it is that signs for it."""
    run(1)
    sign(engine, FINANCE)
    with pytest.raises(RequestError, match=f"{FINANCE} has signed draft .* already"):
        sign_off(engine, QUARTER, FINANCE, "Deputy", roles=ROLES, council_name="Sample Council")
    assert list(read_table(engine, "sign_offs")["signed_by"]) == [f"{FINANCE} Lead"]


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        (ROLES, "Choose one of: Legal & Governance, Finance & Procurement, Executive Lead"),
        ([], "council.yaml names no sign_off roles"),
    ],
    ids=["another role", "no roles"],
)
def test_role_that_does_not_sign_is_refused(
    engine: sa.Engine, run: Run, roles: list[str], said: str
) -> None:
    """Only the roles of council.yaml sign, spelt as they are there."""
    run(1)
    with pytest.raises(RequestError, match=said):
        sign_off(
            engine,
            QUARTER,
            "finance & procurement",
            "Somebody",
            roles=roles,
            council_name="Sample Council",
        )


def test_quarter_without_a_draft_is_told(engine: sa.Engine) -> None:
    """There is nothing to sign or release before the first run."""
    with pytest.raises(RequestError, match="Q1 2023/24 has no draft"):
        sign(engine, FINANCE)
    with pytest.raises(RequestError, match="Q1 2023/24 has no draft"):
        bring_into_view(engine)


@pytest.mark.parametrize("name", ["", " ", "x" * 121, "two\nlines", "\udc80"], ids=ascii)
def test_signer_must_be_named(engine: sa.Engine, run: Run, name: str) -> None:
    """A signature or release by nobody, or by what cannot be kept, is refused."""
    run(1)
    with pytest.raises(RequestError, match="Say who does it"):
        sign_off(engine, QUARTER, FINANCE, name, roles=ROLES, council_name="Sample Council")
    with pytest.raises(RequestError, match="Say who does it"):
        release(engine, QUARTER, name, roles=[], council_name="Sample Council")


@pytest.mark.parametrize("note", ["a\x00b", "\udc80"], ids=ascii)
def test_note_that_cannot_be_kept_is_refused(engine: sa.Engine, run: Run, note: str) -> None:
    """A note with a character that a database cannot hold is refused, and nothing is signed."""
    run(1)
    with pytest.raises(RequestError, match="Write plain text"):
        sign(engine, FINANCE, note=note)


def test_note_is_kept_as_it_is(engine: sa.Engine, run: Run) -> None:
    """A note of several lines comes back as it was, once what it is about is released."""
    run(1)
    note = "Seen – “all” of it.\n£ and\ttabs"
    sign_off(
        engine,
        QUARTER,
        FINANCE,
        " Finance Lead ",
        roles=ROLES,
        council_name="Sample Council",
        note=note,
    )
    sign(engine, LEGAL, LEAD_MEMBER)
    bring_into_view(engine)
    signed = read_table(engine, "sign_offs").set_index("role_name").loc[FINANCE]
    assert (signed["signed_by"], signed["note_text"]) == ("Finance Lead", note)


def test_another_draft_voids_the_signatures(engine: sa.Engine, run: Run) -> None:
    """What was signed of one draft is not signed of the next, and says so."""
    run(1)
    sign(engine, *ROLES)
    run(2)
    with pytest.raises(RequestError, match="is not signed by: Legal"):
        bring_into_view(engine)
    assert not read_table(engine, "sign_offs")["is_valid"].any()


def test_inputs_that_come_back_do_not_bring_signatures_back(engine: sa.Engine, run: Run) -> None:
    """The same digest as a later draft is to be signed anew."""
    first = run(1)
    sign(engine, *ROLES)
    run(2)
    assert run(1).publication_id == first.publication_id
    with pytest.raises(RequestError, match="is not signed by: Legal"):
        bring_into_view(engine)
    assert sign(engine, *ROLES) == ()
    assert bring_into_view(engine).version_number == 1
    assert list(read_table(engine, "sign_offs")["is_valid"]) == [False] * 3 + [True] * 3


def test_run_that_changes_nothing_keeps_the_signatures(engine: sa.Engine, run: Run) -> None:
    """Running again with the same inputs leaves the draft, and what was signed of it."""
    run(1)
    sign(engine, *ROLES)
    run(1)
    assert bring_into_view(engine).is_released


@pytest.mark.parametrize("step", [sign, bring_into_view], ids=["sign-off", "release"])
def test_draft_that_is_not_the_one_meant_is_refused(
    engine: sa.Engine, run: Run, step: Callable[..., object]
) -> None:
    """Named by the id of an earlier draft, neither signature nor release is accepted."""
    earlier = run(1).publication_id[:12]
    run(2)
    sign(engine, *ROLES[:2])
    arguments = (LEAD_MEMBER,) if step is sign else ()
    with pytest.raises(RequestError, match=f"not {earlier}: its inputs have changed since"):
        step(engine, *arguments, publication=earlier)
    with pytest.raises(RequestError, match="not 0000beef: no version begins so"):
        step(engine, *arguments, publication="0000beef")
    with pytest.raises(RequestError, match="at least 6 characters"):
        step(engine, *arguments, publication="")


def test_draft_named_by_its_id_is_released(engine: sa.Engine, run: Run) -> None:
    """The beginning of the draft's own id is accepted."""
    draft = run(1).publication_id[:12]
    sign(engine, *ROLES, publication=draft)
    assert bring_into_view(engine, draft).is_released


def test_without_roles_a_run_is_released_at_once(engine: sa.Engine, run: Run) -> None:
    """A council that signs nothing sees what a run makes when it ends."""
    assert run(1, is_released=True).is_released
    assert markers_in_view(engine) == {1}


def test_roles_taken_away_release_the_draft_by_the_next_run(engine: sa.Engine, run: Run) -> None:
    """With `sign_off` taken out of council.yaml, the next run brings the draft into view."""
    run(1)
    again = run(1, is_released=True)
    assert (again.is_new, again.move_number) == (False, 1)
    assert markers_in_view(engine) == {1}


def test_roles_given_later_keep_what_is_in_view(engine: sa.Engine, run: Run) -> None:
    """With `sign_off` put into council.yaml, what readers see stays, and the next is a draft."""
    run(1, is_released=True)
    assert run(1).is_released
    assert not run(2).is_released
    assert markers_in_view(engine) == {1}


def test_releasing_again_changes_nothing(engine: sa.Engine, run: Run) -> None:
    """A release that was done is not done twice, nor recorded twice."""
    run(1)
    sign(engine, *ROLES)
    first = bring_into_view(engine)
    entries = verify(engine).entry_count
    assert bring_into_view(engine) == first
    assert verify(engine).entry_count == entries


def test_changed_draft_is_not_released(engine: sa.Engine, run: Run) -> None:
    """A draft whose rows somebody changed after it was signed stays out of view."""
    run(1)
    sign(engine, *ROLES)
    with writing(engine, "test") as connection:
        drop_guards(connection)
        connection.execute(sa.update(version_tables["kpi_scorecard"]).values(outturn_value=99.0))
    with pytest.raises(PublicationError, match="is no longer what was made and signed"):
        bring_into_view(engine)
    assert markers_in_view(engine) == set()


def test_releases_follow_each_other_whatever_the_clocks_say(engine: sa.Engine, run: Run) -> None:
    """After a release that a fast clock dated tomorrow, the next is later still."""
    run(1, is_released=True)
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    with writing(engine, "test") as connection:
        drop_guards(connection)
        connection.execute(sa.update(publication_moves).values(moved_at=tomorrow))
    run(2, is_released=True)
    releases = read_table(engine, "publication_releases")
    assert releases["visible_from"].is_monotonic_increasing
    assert list(releases["visible_to"][:1]) == list(releases["visible_from"][1:])


def test_draft_keeps_the_roles_that_were_to_sign_it(engine: sa.Engine, run: Run) -> None:
    """A council.yaml without roles does not release what waits for them."""
    run(1, roles=(FINANCE,))
    with pytest.raises(RequestError, match=f"is not signed by: {FINANCE}"):
        release(engine, QUARTER, RELEASER, roles=[], council_name="Sample Council")
    sign(engine, FINANCE)
    released = release(engine, QUARTER, RELEASER, roles=[], council_name="Sample Council")
    assert released.is_released
    assert verify(engine).faults == ()


def test_another_council_neither_signs_nor_releases(engine: sa.Engine, run: Run) -> None:
    """The roles of another council's folder are not this database's."""
    run(1)
    with pytest.raises(PublicationError, match="holds publications of Sample Council"):
        sign_off(engine, QUARTER, FINANCE, "Lead", roles=ROLES, council_name="Another Council")
    with pytest.raises(PublicationError, match="holds publications of Sample Council"):
        release(engine, QUARTER, RELEASER, roles=[], council_name="Another Council")
    assert markers_in_view(engine) == set()


def test_release_that_a_role_has_not_signed_is_found(engine: sa.Engine, run: Run) -> None:
    """Whoever goes round `release` leaves an entry that names roles without their signatures."""
    run(1)
    sign(engine, FINANCE)
    with writing(engine, "test") as connection:
        draft = draft_of(connection, QUARTER)
        assert draft is not None
        make_visible(connection, draft, "Somebody", ROLES)
    (fault,) = verify(engine).faults
    assert fault == f"release 1 of {QUARTER.key} was not signed by: {LEGAL}, {LEAD_MEMBER}"


def test_signature_that_the_log_does_not_know_does_not_count(engine: sa.Engine, run: Run) -> None:
    """A row put into the table of signatures by hand releases nothing."""
    draft = run(1)
    sign(engine, LEGAL, FINANCE)
    with writing(engine, "test") as connection:
        connection.execute(
            sa.insert(publication_signatures).values(
                publication_id=draft.publication_id,
                draft_number=1,
                role_name=LEAD_MEMBER,
                signed_by="Nobody",
                signed_at=dt.datetime.now(dt.UTC),
            )
        )
    with pytest.raises(RequestError, match=f"is not signed by: {LEAD_MEMBER}"):
        bring_into_view(engine)


def test_note_on_a_draft_is_not_shown(engine: sa.Engine, run: Run) -> None:
    """A signer's remark may tell what a draft holds, and readers see it once that is released."""
    run(1)
    sign(engine, FINANCE, note="4m over")
    assert read_table(engine, "sign_offs")["note_text"].isna().all()
    sign(engine, LEGAL, LEAD_MEMBER)
    bring_into_view(engine)
    assert "4m over" in set(read_table(engine, "sign_offs")["note_text"].dropna())
