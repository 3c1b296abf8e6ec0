"""Every code that a table may hold, and what it stands for."""

from enum import StrEnum

HEADLINE = "all"
"""Breakdown type and category of a KPI's own figure, the one that is rated."""

WHOLE_COUNCIL = "whole_council"
"""Directorate and service of the KPIs that belong to no directorate but to the whole council."""

UNLINKED = "none"
"""Priority and theme of KPIs that are linked to none; in trends, of KPIs without one successor."""

NOT_RATED = "not_rated"
"""What a scheme calls an outturn without a rating."""

SUPPRESSED_MARK = "[c]"
"""Printed for a figure that is withheld since it could tell something of a person."""


class Polarity(StrEnum):
    """Which way is better: `range` is nearer to the middle, `none` is neither."""

    HIGHER = "higher"
    LOWER = "lower"
    RANGE = "range"
    NONE = "none"


class Rag(StrEnum):
    """The three ratings, best last as reports print them."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class NotRatedReason(StrEnum):
    """Why an outturn has no RAG."""

    NO_TARGET = "no_target"
    IN_DEVELOPMENT = "in_development"
    DATA_ONLY = "data_only"
    NOT_DUE = "not_due"
    NOT_RETURNED = "not_returned"
    AWAITING = "awaiting"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    NOT_APPLICABLE = "not_applicable"
    NOT_CALCULABLE = "not_calculable"
    NEW_MEASURE = "new_measure"
    NO_JUDGEMENT = "no_judgement"


class RatingBasis(StrEnum):
    """What a published rating rests on."""

    RULE = "rule"
    JUDGEMENT = "judgement"
    OVERRIDE = "override"


class OutturnStatus(StrEnum):
    """What a return said of a figure. Only `given` and `calculated` carry one."""

    GIVEN = "given"
    CALCULATED = "calculated"
    BLANK = "blank"
    NO_FIGURE = "no_figure"
    NOT_AVAILABLE = "not_available"
    AWAITING = "awaiting"
    SUPPRESSED = "suppressed"
    NOT_APPLICABLE = "not_applicable"
    NOT_CALCULABLE = "not_calculable"
    NOT_DUE = "not_due"


class Direction(StrEnum):
    """Direction of travel against a stated comparator."""

    IMPROVED = "improved"
    MAINTAINED = "maintained"
    DECLINED = "declined"
    NOT_COMPARABLE = "not_comparable"


class NotComparableReason(StrEnum):
    """Why a direction of travel is `not_comparable`."""

    NO_FIGURE = "no_figure"
    NO_EARLIER_FIGURE = "no_earlier_figure"
    NO_POLARITY = "no_polarity"
    YEAR_TO_DATE = "year_to_date"
    NO_BASELINE = "no_baseline"
    TOO_FEW_FIGURES = "too_few_figures"
    DEFINITION_CHANGED = "definition_changed"
    POPULATION_CHANGED = "population_changed"
    TARGET_BASIS_CHANGED = "target_basis_changed"


SERIES_BREAKS = (
    NotComparableReason.DEFINITION_CHANGED,
    NotComparableReason.POPULATION_CHANGED,
    NotComparableReason.TARGET_BASIS_CHANGED,
)
"""Why figures from a quarter on cannot be compared with those before it."""


class Comparator(StrEnum):
    """What a figure is compared with."""

    PREVIOUS_QUARTER = "previous_quarter"
    LAST_YEAR = "last_year"
    BASELINE = "baseline"
    TREND = "trend"


class ChangeUnit(StrEnum):
    """How a change is measured: percentages move in points, the rest in percent."""

    POINTS = "points"
    PERCENT = "percent"


class BenchmarkType(StrEnum):
    """Whose figure a benchmark is."""

    NATIONAL = "national"
    REGIONAL = "regional"
    STATISTICAL_NEIGHBOURS = "statistical_neighbours"
    TOP_QUARTILE = "top_quartile"


class BenchmarkPosition(StrEnum):
    """How an outturn stands against a benchmark."""

    BETTER = "better"
    SIMILAR = "similar"
    WORSE = "worse"


class OrganisationUnit(StrEnum):
    """What a code that was replaced stood for."""

    DIRECTORATE = "directorate"
    SERVICE = "service"
    KPI = "kpi"


class RestatementKind(StrEnum):
    """How a return states an earlier figure anew: a row of its own, or beside a current figure."""

    RESTATED = "restated"
    STATED_PREVIOUS = "stated_previous"


class StatedCount(StrEnum):
    """A count that somebody printed of a quarter, to be held against ours."""

    KPIS = "kpis"
    RATED = "rated"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    NOT_RATED = "not_rated"
    IMPROVED_PREVIOUS_QUARTER = "improved_previous_quarter"
    MAINTAINED_PREVIOUS_QUARTER = "maintained_previous_quarter"
    DECLINED_PREVIOUS_QUARTER = "declined_previous_quarter"
    NOT_COMPARABLE_PREVIOUS_QUARTER = "not_comparable_previous_quarter"
    IMPROVED_LAST_YEAR = "improved_last_year"
    MAINTAINED_LAST_YEAR = "maintained_last_year"
    DECLINED_LAST_YEAR = "declined_last_year"
    NOT_COMPARABLE_LAST_YEAR = "not_comparable_last_year"


class QualityCheck(StrEnum):
    """The plausibility checks; none of them changes a figure."""

    ZERO_AFTER_LARGE = "zero_after_large"
    UNCHANGED_WITH_COMMENTARY = "unchanged_with_commentary"
    TARGET_OUT_OF_SCALE = "target_out_of_scale"
    TARGET_NOT_MOVED_ON = "target_not_moved_on"
    OUTSIDE_CONTROL_LIMITS = "outside_control_limits"
    NARRATIVE_STATES_OTHER_FIGURE = "narrative_states_other_figure"
    NARRATIVE_STATES_OTHER_COLOUR = "narrative_states_other_colour"
    NARRATIVE_DISAGREES_WITH_RATING = "narrative_disagrees_with_rating"
    STATED_RATING_DIFFERS = "stated_rating_differs"
    SHARE_MISCALCULATED = "share_miscalculated"
    STATED_COUNT_DIFFERS = "stated_count_differs"
    STATED_PARTS_DISAGREE = "stated_parts_disagree"
    OTHER_QUARTER_NAMED = "other_quarter_named"
    OVERRIDE_WITHOUT_RATING = "override_without_rating"
    GROUP_DIFFERS = "group_differs"
    TEXT_NAMES_SUPPRESSED_GROUP = "text_names_suppressed_group"
    ACCEPTANCE_NOT_APPLIED = "acceptance_not_applied"


class Basis(StrEnum):
    """What a KPI's figures are for: `targeted` ones are rated, the others say why not."""

    TARGETED = "targeted"
    DATA_ONLY = "data_only"
    IN_DEVELOPMENT = "in_development"
    NEW_MEASURE = "new_measure"


class ReturnState(StrEnum):
    """What became of a source's return for a quarter."""

    RETURNED = "returned"
    LATE = "late"
    NOT_RETURNED = "not_returned"
    NOT_DUE = "not_due"


class ReturnFault(StrEnum):
    """Why a return cannot be read at all; docs/cells.md says what to do about each."""

    EMPTY = "empty"
    NO_FIGURES = "no_figures"
    WRONG_KIND = "wrong_kind"
    OLD_WORKBOOK = "old_workbook"
    BINARY_WORKBOOK = "binary_workbook"
    STRICT_WORKBOOK = "strict_workbook"
    PASSWORD = "password"  # noqa: S105 - a reason, no password
    DAMAGED = "damaged"
    CUT_SHORT = "cut_short"
    PART_REPEATED = "part_repeated"
    DOCUMENT_TYPE = "document_type"
    TOO_LARGE = "too_large"
    ZIP_BOMB = "zip_bomb"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    READER_ENDED = "reader_ended"
    SECOND_READER = "second_reader"
    SHEET_MISSING = "sheet_missing"
    SHEET_HIDDEN = "sheet_hidden"
    SHEET_AMBIGUOUS = "sheet_ambiguous"
    HEADING_MISSING = "heading_missing"
    HEADING_REPEATED = "heading_repeated"
    TITLE_MISSING = "title_missing"
    ENCODING = "encoding"
    ENCODING_AMBIGUOUS = "encoding_ambiguous"
    QUOTATION_MARKS = "quotation_marks"
    MALFORMED = "malformed"
    KEY_REPEATED = "key_repeated"
    WRONG_TEMPLATE = "wrong_template"
    TEMPLATE_CHANGED = "template_changed"
    RECORDS_MISSING = "records_missing"
    PAGE_OF_SEVERAL = "page_of_several"
    PAGING = "paging"
    STILL_WRITTEN = "still_written"
    NOT_A_FILE = "not_a_file"
    OUTSIDE_FOLDER = "outside_folder"
    UNREADABLE = "unreadable"
    NOT_REACHED = "not_reached"
    ACCESS_REFUSED = "access_refused"
    NOT_INSTALLED = "not_installed"
    ENTRY_UNUSABLE = "entry_unusable"
    NOT_KEPT = "not_kept"
    PIPELINE = "pipeline"


class RowOutcome(StrEnum):
    """What became of one row of a return: every row has exactly one outcome."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IGNORED = "ignored"


class AcceptableReason(StrEnum):
    """Reasons of rejection with which a named role may accept a row as it was sent.

    Each leaves one figure that the row can mean, and what is wrong is a judgement that a person can
    make. All other reasons leave open which figure, KPI, quarter or category is meant, or what to
    publish: nobody could know what was accepted.
    """

    OUT_OF_RANGE = "out_of_range"
    """The cell is one number; only the register's range holds against it, and it may be wrong."""

    VALUE_DISAGREES = "value_disagrees"
    """The figure is one number; it is published as sent, not as its numerator and denominator."""

    KPI_NOT_DUE = "kpi_not_due"
    """The figure or judgement can be read; only the calendar of the register holds against it."""


class RowKind(StrEnum):
    """What a row of a return is; only `data` rows are read for figures."""

    DATA = "data"
    BLANK = "blank"
    TITLE = "title"
    HEADING = "heading"
    NOTE = "note"
    TOTAL = "total"


class RuleKind(StrEnum):
    """The shapes a rating rule can have."""

    TOLERANCE_RELATIVE = "tolerance_relative"
    TOLERANCE_POINTS = "tolerance_points"
    FLOOR = "floor"
    RANGE = "range"
    IMPROVEMENT = "improvement"
    TWO_COLOUR = "two_colour"
    JUDGEMENT = "judgement"


class ToleranceUnit(StrEnum):
    """What a tolerance is a number of: percent of the absolute target, or the KPI's own unit."""

    PERCENT = "percent"
    POINTS = "points"
