"""The two versions of QTI that are written: one tree, names spelt as each version spells them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from quizengine.markup import xml_text

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_CAPITAL = re.compile(r"[A-Z]")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version: its namespaces, the types of its resources, how its elements are spelt."""

    version: str
    namespace: str
    location: str
    package_namespace: str
    package_schema: str
    package_version: str
    item_type: str
    test_type: str
    kebab: bool

    def tag(self, name: str, *content: str, **attributes: str | int | bool) -> str:
        """Return an element of QTI; names are given as QTI 2.1 has them.

        >>> QTI30.tag("simpleChoice", "x", matchMax=1)
        '<qti-simple-choice match-max="1">x</qti-simple-choice>'
        """
        written = "".join(f' {self._attribute(key)}="{_value(value)}"' for key, value in attributes.items())
        spelt = f"qti-{_kebab(name)}" if self.kebab else name
        inside = "".join(content)
        return f"<{spelt}{written}>{inside}</{spelt}>" if inside else f"<{spelt}{written}/>"

    def document(self, name: str, *content: str, **attributes: str | int | bool) -> str:
        """Return a document whose root is an element of QTI."""
        root = self.tag(name, "\n".join(("", *content, "")), **attributes)
        start = root.index(" ")
        where = f'xmlns="{self.namespace}" xmlns:xsi="{XSI}"'
        schema = f'xsi:schemaLocation="{self.namespace} {self.location}"'
        head = '<?xml version="1.0" encoding="UTF-8"?>'
        return f"{head}\n{root[:start]} {where} {schema}{root[start:]}\n"

    def framed(self, content: str) -> str:
        """Return content as feedback and rubrics hold it: version 3 puts a frame around it."""
        return self.tag("contentBody", content) if self.kebab else content

    @property
    def marked_by_hand(self) -> dict[str, str]:
        """What an outcome says when a person marks it: version 2.1 has no words for that."""
        return {"externalScored": "human"} if self.kebab else {}

    def _attribute(self, name: str) -> str:
        return _kebab(name) if self.kebab else name


def _kebab(name: str) -> str:
    return _CAPITAL.sub(lambda found: f"-{found[0].lower()}", name)


def _value(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else xml_text(str(value))


QTI21 = Dialect(
    version="2.1",
    namespace="http://www.imsglobal.org/xsd/imsqti_v2p1",
    location="http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1p2.xsd",
    package_namespace="http://www.imsglobal.org/xsd/imscp_v1p1",
    package_schema="QTIv2.1 Package",
    package_version="1.0.0",
    item_type="imsqti_item_xmlv2p1",
    test_type="imsqti_test_xmlv2p1",
    kebab=False,
)
QTI30 = Dialect(
    version="3.0",
    namespace="http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    location="https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
    package_namespace="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    package_schema="QTI Package",
    package_version="3.0.0",
    item_type="imsqti_item_xmlv3p0",
    test_type="imsqti_test_xmlv3p0",
    kebab=True,
)
