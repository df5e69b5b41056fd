"""Has pyHanko judge every signature of every file: judge.py ROOT.pem FILE...; one line of JSON for each file."""

import json
import logging
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

logging.disable(logging.CRITICAL)
root = load_cert_from_pemder(sys.argv[1])


def judge(signature):
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    try:
        status = validate_pdf_signature(signature, context)
    except Exception as error:
        return {"field": signature.field_name, "error": f"{type(error).__name__}: {error}"}
    level = status.modification_level
    return {
        "field": signature.field_name,
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "bottom_line": status.bottom_line,
        "docmdp_ok": status.docmdp_ok,
        "coverage": status.coverage.name,
        "level": level.name if level is not None else None,
        "error": None,
    }


for name in sys.argv[2:]:
    answer = {"file": name, "error": None, "signatures": []}
    try:
        with open(name, "rb") as file:
            reader = PdfFileReader(file, strict=False)
            answer["signatures"] = [judge(signature) for signature in reader.embedded_signatures]
    except Exception as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answer))
