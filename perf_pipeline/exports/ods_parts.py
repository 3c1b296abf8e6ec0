"""The parts of an OpenDocument workbook that are the same for all, and the archive around them."""

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

from perf_pipeline.exports.workbook_layout import FONT, FONT_SIZE, TITLE_SIZE
from perf_pipeline.workbook_writing import LANGUAGE

NAMESPACES: Mapping[str, str] = {
    **{
        f"xmlns:{name}": f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
        for name in ("office", "style", "table", "text", "meta")
    },
    "xmlns:number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
    "xmlns:fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "office:version": "1.3",
}

_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LANGUAGE, _COUNTRY = LANGUAGE.split("-")
_ROOT = " ".join(f'{name}="{value}"' for name, value in NAMESPACES.items())

_MANIFEST = f"""{_DECLARATION}\
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
 manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3"
 manifest:media-type="{_MIMETYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""

_STYLES = f"""{_DECLARATION}\
<office:document-styles {_ROOT}>
<office:styles>
<style:default-style style:family="table-cell">
<style:text-properties style:font-name="{FONT}" fo:font-family="{FONT}" fo:font-size="{FONT_SIZE}pt"
 fo:language="{_LANGUAGE}" fo:country="{_COUNTRY}"/>
</style:default-style>
<number:date-style style:name="day-format">
<number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/>
<number:text>-</number:text><number:day number:style="long"/>
</number:date-style>
<number:boolean-style style:name="flag-format"><number:boolean/></number:boolean-style>
<style:style style:name="Default" style:family="table-cell"/>
<style:style style:name="Heading_20_1" style:display-name="Heading 1" style:family="table-cell">
<style:text-properties fo:font-weight="bold" fo:font-size="{TITLE_SIZE}pt"/>
</style:style>
<style:style style:name="Heading_20_2" style:display-name="Heading 2" style:family="table-cell">
<style:text-properties fo:font-weight="bold"/>
</style:style>
<style:style style:name="Headings" style:family="table-cell">
<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"
 fo:border-bottom="0.5pt solid #000000"/>
<style:text-properties fo:font-weight="bold"/>
</style:style>
<style:style style:name="Text" style:family="table-cell">
<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/>
</style:style>
<style:style style:name="Value" style:family="table-cell">
<style:table-cell-properties style:vertical-align="top"/>
</style:style>
<style:style style:name="Flag" style:family="table-cell" style:data-style-name="flag-format">
<style:table-cell-properties style:vertical-align="top"/>
</style:style>
<style:style style:name="Day" style:family="table-cell" style:data-style-name="day-format">
<style:table-cell-properties style:vertical-align="top"/>
</style:style>
</office:styles>
</office:document-styles>
"""


def archive(content: bytes, *, title: str, creator: str, created: str) -> bytes:
    """Return a workbook's bytes, which tell no time but the one given.

    Args:
        content: `content.xml`.
        title: What the document is.
        creator: Whose it is.
        created: When it was made, ISO.
    """
    parts = {
        # By the standard the first, and not compressed, so that the file's kind can be seen.
        "mimetype": _MIMETYPE.encode(),
        "META-INF/manifest.xml": _MANIFEST.encode(),
        "meta.xml": _meta(escape(title), escape(creator), created).encode(),
        "styles.xml": _STYLES.encode(),
        "content.xml": content,
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            is_plain = name == "mimetype"
            entry.compress_type = zipfile.ZIP_STORED if is_plain else zipfile.ZIP_DEFLATED
            file.writestr(entry, part)
    return written.getvalue()


def _meta(title: str, creator: str, created: str) -> str:
    return f"""{_DECLARATION}\
<office:document-meta {_ROOT}>
<office:meta>
<dc:title>{title}</dc:title>
<dc:creator>{creator}</dc:creator>
<dc:language>{LANGUAGE}</dc:language>
<dc:date>{created}</dc:date>
<meta:creation-date>{created}</meta:creation-date>
</office:meta>
</office:document-meta>
"""
