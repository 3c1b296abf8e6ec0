"""Write docs/tables.md anew from the schemas."""

from pathlib import Path

from perf_pipeline.schemas.documents import tables_page

if __name__ == "__main__":
    Path(__file__).with_name("tables.md").write_text(tables_page(), encoding="utf-8")
