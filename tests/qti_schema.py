"""What the XML schemas of QTI say of the elements that our exports write, as a table.

The schemas themselves are not copied here. The facts were read in November 2026 in

- QTI 2.1: ``imsqti_v2p1p2.xsd`` (version 2.1.2 of 6 October 2016) with its Schematron rules,
- QTI 3.0: the assessment, section and item schema in its SBAC profile (1.0 of May 2022), which changes
  nothing but ``data-`` attributes; what it says of item bodies, list items, mappings, default values,
  matches, selections and outcome processing was not read and is taken to be as in 2.1,
- packages: ``imscp_v1p1.xsd`` (IMS Content Packaging 1.1.4) and ``imsqtiv3p0_imscpv1p2_v1p0.xsd``,
- formulas: tokens in ``mathml3-presentation.xsd``; their layout is as W3C's recommendation of MathML 3 has it
  (QTI 2.1 itself names MathML 2).

What the table does not name is a fault, although a schema may allow it: whoever writes more looks it up.
"""

from __future__ import annotations

QTI21, QTI30 = "http://www.imsglobal.org/xsd/imsqti_v2p1", "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
PACKAGE21 = "http://www.imsglobal.org/xsd/imscp_v1p1"
PACKAGE30 = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
MATHML = "http://www.w3.org/1998/Math/MathML"
SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"

_NAME = r"[^\W\d][\w.-]*"
_FLOAT = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_LENGTH = r"-?(\d+\.?\d*|\.\d+)(em|ex|px|%)"
#: The types of attributes: what a value has to match. Any other type is an enumeration, with bars between.
TYPES = {
    "text": r"[^\n\t]*", "name": _NAME, "id": _NAME, "idref": _NAME, "uri": r"[^\s\\]+",
    "path": r"(?!.*\.\.)[\w-][\w./-]*", "double": _FLOAT,
    "count": r"\d+", "int": r"[+-]?\d+", "boolean": "true|false|0|1", "length": _LENGTH,
    "tolerances": rf"{_FLOAT} {_FLOAT}", "lines": r"(none|solid|dashed)( (none|solid|dashed))*",
    "views": r"(author|candidate|proctor|scorer|testConstructor|tutor)( (author|proctor|scorer|tutor))*",
}  # fmt: skip
_BASE_TYPE = "boolean|directedPair|duration|file|float|identifier|integer|pair|point|string|uri"
_CARDINALITY = "multiple|ordered|record|single"
_DECLARED = f"cardinality:{_CARDINALITY} baseType?:{_BASE_TYPE}"

GROUPS = {
    "logic": "and|or|not|gt|gte|lt|lte|equal|match|stringMatch|%number;",
    "number": "sum|product|multiple|ordered|variable|baseValue|mapResponse|testVariables",
    "rule": "responseCondition|setOutcomeValue",
    "inline": "m:math|em|strong|code|a|br|img",
    "block": "m:math|p|pre|h1|h2|h3|h4|h5|h6|ul|ol|hr|blockquote|table",
    "ask": "choiceInteraction|orderInteraction|matchInteraction|extendedTextInteraction",
    "html": "p|pre|h1|h2|h3|h4|h5|h6|ul|ol|hr|blockquote|table|em|strong|code|a|br|img",
    "flow": "m:math|%html;",
    "formula": "m:mi|m:mn|m:mo|m:mtext|m:mspace|m:mrow|m:mfrac|m:msqrt|m:mroot|m:mstyle|m:msub|m:msup"
    "|m:msubsup|m:munder|m:mover|m:munderover|m:mtable|m:menclose",
}
_TEXT = "#(%inline;|textEntryInteraction)*"
_CELL = "#(%flow;|%ask;|textEntryInteraction)*"
_PAIR = "(%logic;), (%logic;)"
_TWO, _THREE, _ROW = "(%formula;), (%formula;)", "(%formula;), (%formula;), (%formula;)", "(%formula;)*"
_SIGN = "true|false"

#: Element -> what may stand in it, in order (after ``#``: and text), and its attributes (``?``: optional).
COMMON: dict[str, tuple[str, str]] = {
    "correctResponse": ("value+", ""),
    "defaultValue": ("value+", ""),
    "value": ("#", ""),
    "mapping": ("mapEntry+", "lowerBound?:double upperBound?:double defaultValue?:double"),
    "mapEntry": ("", "mapKey:text mappedValue:double"),
    "responseDeclaration": ("defaultValue?, correctResponse?, mapping?", f"identifier:id {_DECLARED}"),
    "itemBody": ("(rubricBlock|%block;|%ask;)+", ""),
    "choiceInteraction": (
        "simpleChoice+",
        "responseIdentifier:name shuffle?:boolean maxChoices?:count minChoices?:count",
    ),
    "orderInteraction": ("simpleChoice+", "responseIdentifier:name shuffle?:boolean"),
    "simpleChoice": ("#(%flow;)*", "identifier:name"),
    "matchInteraction": (
        "simpleMatchSet, simpleMatchSet",
        "responseIdentifier:name shuffle?:boolean maxAssociations?:count minAssociations?:count",
    ),
    "simpleMatchSet": ("simpleAssociableChoice*", ""),
    "simpleAssociableChoice": ("#(%flow;)*", "identifier:name matchMax:count matchMin?:count"),
    "extendedTextInteraction": ("", "responseIdentifier:name expectedLines?:count expectedLength?:count"),
    "textEntryInteraction": ("", "responseIdentifier:idref expectedLength?:count"),
    "responseProcessing": ("(%rule;)*", ""),
    "responseCondition": ("responseIf, responseElseIf*, responseElse?", ""),
    "responseIf": ("(%logic;), (%rule;)*", ""),
    "responseElseIf": ("(%logic;), (%rule;)*", ""),
    "setOutcomeValue": ("(%logic;)", "identifier:name"),
    "and": ("(%logic;)+", ""),
    "or": ("(%logic;)+", ""),
    "not": ("(%logic;)", ""),
    "gt": (_PAIR, ""),
    "gte": (_PAIR, ""),
    "lt": (_PAIR, ""),
    "lte": (_PAIR, ""),
    "match": (_PAIR, ""),
    "equal": (_PAIR, "toleranceMode?:absolute|exact|relative tolerance?:tolerances"),
    "stringMatch": (_PAIR, "caseSensitive:boolean"),
    "sum": ("(%number;)+", ""),
    "product": ("(%logic;)+", ""),
    "multiple": ("(%logic;)*", ""),
    "ordered": ("(%logic;)*", ""),
    "variable": ("", "identifier:name weightIdentifier?:name"),
    "mapResponse": ("", "identifier:name"),
    "baseValue": ("#", f"baseType:{_BASE_TYPE}"),
    "testVariables": ("", "variableIdentifier:name weightIdentifier?:name"),
    "testPart": (
        "assessmentSection+",
        "identifier:name navigationMode:linear|nonlinear submissionMode:individual|simultaneous",
    ),
    "assessmentSection": ("selection?, assessmentItemRef*", "identifier:name title:text visible:boolean"),
    "selection": ("", "select:int"),
    "assessmentItemRef": ("weight*", "identifier:name href:path"),
    "weight": ("", "identifier:name value:double"),
    "outcomeProcessing": ("setOutcomeValue*", ""),
    **dict.fromkeys(["p", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "code"], (_TEXT, "")),
    "a": (_TEXT, "href:uri"),
    "br": ("", ""),
    "hr": ("", ""),
    "img": ("", "src:uri alt:text"),
    "ul": ("li*", ""),
    "ol": ("li*", ""),
    "li": (_CELL, ""),
    "thead": ("tr+", ""),
    "tbody": ("tr+", ""),
    "tr": ("(td|th)+", ""),
    "td": (_CELL, ""),
    "th": (_CELL, ""),
    "m:math": (_ROW, "alttext?:text display?:block|inline"),
    "m:mrow": (_ROW, ""),
    "m:mi": ("#", "mathvariant?:normal|bold|italic|monospace"),
    "m:mn": ("#", ""),
    "m:mo": (
        "#",
        f"form?:prefix|infix|postfix stretchy?:{_SIGN} symmetric?:{_SIGN} fence?:{_SIGN} "
        f"movablelimits?:{_SIGN} lspace?:length rspace?:length minsize?:length maxsize?:length",
    ),
    "m:mtext": ("#", "mathvariant?:normal|bold|italic|monospace"),
    "m:mspace": ("", "width?:length"),
    "m:mfrac": (_TWO, "linethickness?:0"),
    "m:msqrt": (_ROW, ""),
    "m:mroot": (_TWO, ""),
    "m:mstyle": (_ROW, f"displaystyle?:{_SIGN} scriptlevel?:int"),
    "m:menclose": (_ROW, "notation?:box"),
    "m:msub": (_TWO, ""),
    "m:msup": (_TWO, ""),
    "m:msubsup": (_THREE, ""),
    "m:munder": (_TWO, f"accentunder?:{_SIGN}"),
    "m:mover": (_TWO, f"accent?:{_SIGN}"),
    "m:munderover": (_THREE, ""),
    "m:mtable": ("m:mtr*", "columnlines?:lines"),
    "m:mtr": ("m:mtd*", ""),
    "m:mtd": (_ROW, "columnalign?:left|center|right"),
}
_ITEM = "responseDeclaration*, outcomeDeclaration*, itemBody?, responseProcessing?, modalFeedback*"
_ITEM_ATTRIBUTES = "title:text adaptive?:boolean timeDependent:boolean"
_TEST = "outcomeDeclaration*, testPart+, outcomeProcessing?"
_OUTCOME = ("defaultValue?", f"identifier:name {_DECLARED} normalMinimum?:double")
_MODAL = "outcomeIdentifier:name identifier:name showHide:show|hide title?:text"
#: Where the versions differ.
ONLY: dict[str, dict[str, tuple[str, str]]] = {
    QTI21: {
        "assessmentItem": (_ITEM, f"identifier:text {_ITEM_ATTRIBUTES}"),
        "assessmentTest": (_TEST, "identifier:text title:text"),
        "outcomeDeclaration": (_OUTCOME[0], f"{_OUTCOME[1]} normalMaximum?:double"),
        "rubricBlock": ("#(%flow;)*", "view:views use?:text"),
        "modalFeedback": ("#(%flow;)*", _MODAL),
        "blockquote": ("(%block;|%ask;)*", ""),
        "table": ("thead?, tbody+", ""),
    },
    QTI30: {
        "assessmentItem": (_ITEM, f"identifier:name {_ITEM_ATTRIBUTES}"),
        "assessmentTest": (_TEST, "identifier:name title:text"),
        "outcomeDeclaration": (
            _OUTCOME[0],
            f"{_OUTCOME[1]} normalMaximum?:count externalScored?:externalMachine|human",
        ),
        "rubricBlock": ("contentBody", "view:views use:instructions|scoring|navigation"),
        "modalFeedback": ("contentBody?", _MODAL),
        "contentBody": ("#(%flow;)*", ""),
        "blockquote": ("#(%html;)*", ""),
        "table": ("thead?, tbody*", ""),
    },
}
_RESOURCES = {
    "organizations": ("", ""),
    "resources": ("resource*", ""),
    "file": ("", "href:path"),
    "dependency": ("", "identifierref:idref"),
    "schema": ("#", ""),
    "schemaversion": ("#", ""),
    "manifest": ("metadata, organizations, resources", "identifier:id"),
    "metadata": ("schema, schemaversion", ""),
}
_RESOURCE = "file+, dependency*"
PACKAGES: dict[str, dict[str, tuple[str, str]]] = {
    PACKAGE21: {
        **_RESOURCES,
        "resource": (
            _RESOURCE, "identifier:id type:imsqti_item_xmlv2p1|imsqti_test_xmlv2p1|webcontent href?:path",
        ),
    },
    PACKAGE30: {
        **_RESOURCES,
        "resource": (
            _RESOURCE, "identifier:id type:imsqti_item_xmlv3p0|imsqti_test_xmlv3p0|webcontent href?:path",
        ),
    },
}  # fmt: skip
#: What the profile of each version wants to read in a manifest.
PROFILES = {PACKAGE21: ("QTIv2.1 Package", "1.0.0"), PACKAGE30: ("QTI Package", "3.0.0")}
#: What an interaction may be bound to: base types and cardinalities.
BINDINGS = {
    "textEntryInteraction": ("string float integer", "single"),
    "extendedTextInteraction": ("string float integer", "single"),
    "choiceInteraction": ("identifier", "single multiple"),
    "orderInteraction": ("identifier", "ordered"),
    "matchInteraction": ("directedPair", "single multiple"),
}
#: What the text of a value has to match.
VALUES = {"float": _FLOAT, "identifier": _NAME, "directedPair": f"{_NAME} {_NAME}", "string": r"(?s:.*)"}
