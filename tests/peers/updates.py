"""Updates a signed file in many ways, honest and not: updates.py FOLDER BASE.pdf SIGNED.pdf PERMISSION [CERTIFIED.pdf ...].

FOLDER gets the results. Each further pair of a file and a permission (0 for an approval signature, else P of the
certification) is updated; BASE, which has no signature, is signed by pyHanko first, once for each permission. One line of
JSON for each result: the file, what was done, whether the signature must stand, and the level that a verifier must state.
"""

import datetime
import io
import json
import logging
import os
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

from asn1crypto import keys, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import add_validation_info
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

try:
    import pymupdf
except ImportError:
    if os.environ.get("ESEAL_REQUIRE") == "1":
        raise
    print("skipped: updates by MuPDF, for want of pymupdf", file=sys.stderr)
    pymupdf = None


def certificate(name, key, issuer=None, issuer_key=None, usage=None):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1))
        .not_valid_after(datetime.datetime(2060, 1, 1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), True)
    )
    names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    names += ["key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    granted = {"key_cert_sign", "crl_sign"} if issuer is None else {"digital_signature"}
    builder = builder.add_extension(x509.KeyUsage(**{name: name in granted for name in names}), True)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), True)
    return builder.sign(issuer_key or key, hashes.SHA256())


def as_asn1(certificate):
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def as_key(key):
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return keys.PrivateKeyInfo.load(der)


root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
# pyHanko's authority for tests knows RSA alone.
stamp_key = rsa.generate_private_key(65537, 2048)
root = certificate("Peer Root", root_key)
leaf = certificate("Peer", key, root, root_key)
stamper = certificate("Peer TSA", stamp_key, root, root_key, ExtendedKeyUsageOID.TIME_STAMPING)
store = SimpleCertificateStore()
store.register_multiple([as_asn1(one) for one in (root, leaf, stamper)])
signer = signers.SimpleSigner(signing_cert=as_asn1(leaf), signing_key=as_key(key), cert_registry=store)
authority = DummyTimeStamper(tsa_cert=as_asn1(stamper), tsa_key=as_key(stamp_key), certs_to_embed=store)


def context():
    roots = [as_asn1(root)]
    others = [as_asn1(leaf), as_asn1(stamper)]
    return ValidationContext(trust_roots=roots, other_certs=others, allow_fetching=False, revocation_mode="soft-fail")


def writer(data):
    return IncrementalPdfFileWriter(io.BytesIO(data), strict=False)


def sign(data, name, spec=None, certify=None, **more):
    extra = {"certify": True, "docmdp_permissions": certify} if certify else {}
    metadata = signers.PdfSignatureMetadata(field_name=name, **extra, **more)
    return signers.PdfSigner(metadata, signer, new_field_spec=spec).sign_pdf(writer(data)).getvalue()


def empty_field(data):
    update, out = writer(data), io.BytesIO()
    fields.append_signature_field(update, SigFieldSpec("More"))
    update.write(out)
    return out.getvalue()


def validation_data(data):
    out = io.BytesIO()
    reader = PdfFileReader(io.BytesIO(data), strict=False)
    add_validation_info(sign_of_peer(reader), context(), output=out, force_write=True)
    return out.getvalue()


def sign_of_peer(reader):
    peers = [one for one in reader.embedded_signatures if one.signer_cert.subject.native["common_name"] == "Peer"]
    if not peers:
        raise LookupError("no signature of the peer")
    return peers[0]


def stamped(data):
    return signers.PdfTimeStamper(authority).timestamp_pdf(writer(data), "sha256", validation_context=context()).getvalue()


def saved(change):
    """A change made with MuPDF and saved as an update."""

    def update(data):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file.pdf")
            with open(path, "wb") as file:
                file.write(data)
            document = pymupdf.open(path)
            change(document)
            document.saveIncr()
            document.close()
            with open(path, "rb") as file:
                return file.read()

    return update


def widgets(document, name):
    for page in document:
        for widget in page.widgets():
            if widget.field_name == name:
                yield page, widget


def fill(name, value):
    def change(document):
        for _, widget in widgets(document, name):
            widget.field_value = value
            widget.update()

    return saved(change)


def on_annotation(kind, act):
    def change(document):
        page = document[0]
        [found] = [one for one in page.annots() if one.type[1] == kind]
        act(page, found)

    return saved(change)


def edited(page, note):
    note.set_info(content="something else")
    note.update()


def entry(kind, key, value):
    """Sets an entry of the first object whose /Type is of a kind."""

    def change(document):
        for number in range(1, document.xref_length()):
            if document.xref_get_key(number, "Type")[1] == kind:
                document.xref_set_key(number, key, value)
                return
        raise LookupError(kind)

    return saved(change)


def stream(name, data):
    def change(document):
        for _, widget in widgets(document, name):
            number = int(document.xref_get_key(widget.xref, "AP/N")[1].split()[0])
            document.update_stream(number, data)

    return saved(change)


def redacted(document):
    page = document[0]
    page.add_redact_annot((50, 60, 300, 120))
    page.apply_redactions()


def new_text_field(document):
    widget = pymupdf.Widget()
    widget.field_name, widget.field_type, widget.field_value = "evil", pymupdf.PDF_WIDGET_TYPE_TEXT, "x"
    widget.rect = pymupdf.Rect(72, 400, 200, 420)
    document[0].add_widget(widget)


def removed(name):
    def change(document):
        for page, widget in list(widgets(document, name)):
            page.delete_widget(widget)

    return saved(change)


BOX = (300, 100, 400, 150)
# What is done, by whom, the level, and the lowest permission under which it may be done; None: under none.
DONE = [
    ("a signature without a place", lambda data: sign(data, "Later"), "form-filling", 2),
    ("two signatures", lambda data: sign(sign(data, "Later"), "Latest"), "form-filling", 2),
    ("a PAdES signature", lambda data: sign(data, "Later", subfilter=fields.SigSeedSubFilter.PADES), "form-filling", 2),
    ("the empty field is signed", lambda data: sign(data, "Ready"), "form-filling", 2),
    ("a field without a place", empty_field, "long-term-data", 1),
    ("a document timestamp", stamped, "long-term-data", 1),
]
if pymupdf:
    DONE += [
        ("a text", fill("name", "new"), "form-filling", 2),
        ("a tick", fill("agree", True), "form-filling", 2),
        ("a choice", fill("combo", "two"), "form-filling", 2),
        ("filled and signed", lambda data: sign(fill("name", "new")(data), "Later"), "form-filling", 2),
        ("a note comes", saved(lambda d: d[1].add_text_annot((100, 100), "note")), "annotations", 3),
        ("a text over the page", saved(lambda d: d[1].add_freetext_annot((50, 50, 200, 90), "pay")), "annotations", 3),
        ("a note is edited", on_annotation("Text", edited), "annotations", 3),
        ("a note goes", on_annotation("Text", lambda page, note: page.delete_annot(note)), "annotations", 3),
        ("the title", saved(lambda d: d.set_metadata({**d.metadata, "title": "new"})), "long-term-data", 1),
        ("saved as it was", saved(lambda d: d.set_metadata(d.metadata)), "long-term-data", 1),
        ("text on a page", saved(lambda d: d[0].insert_text((72, 90), "pay 900")), "other", None),
        ("a redaction", saved(redacted), "other", None),
        ("a page comes", saved(lambda d: d.new_page()), "other", None),
        ("a page goes", saved(lambda d: d.delete_page(1)), "other", None),
        ("a page is turned", saved(lambda d: d[0].set_rotation(90)), "other", None),
        ("a page is cropped", saved(lambda d: d[0].set_cropbox((0, 0, 300, 300))), "other", None),
        ("a font", entry("/Font", "BaseFont", "/ZapfDingbats"), "other", None),
        ("an action on opening", entry("/Catalog", "OpenAction", "<</S/JavaScript/JS(x)>>"), "other", None),
        ("a layer is hidden", entry("/Catalog", "OCProperties/D/OFF", "[13 0 R]"), "other", None),
        ("a file is attached", saved(lambda d: d.embfile_add("x", b"data")), "other", None),
        ("an outline", saved(lambda d: d.set_toc([[1, "Evil", 1]])), "other", None),
        ("page labels", saved(lambda d: d.set_page_labels([{"startpage": 0, "prefix": "A-", "style": "D"}])), "other", None),
        ("a text field comes", saved(new_text_field), "other", None),
        ("a field goes", removed("name"), "other", None),
        ("the appearance of a field alone", stream("name", b"/Tx BMC q BT /Helv 12 Tf (EVIL) Tj ET Q EMC"), "other", None),
    ]


def tell(folder, path, data, what, permission, level, least, by):
    name = os.path.join(folder, f"{by}-P{permission}-{what.replace(' ', '-')}.pdf")
    with open(name, "wb") as file:
        file.write(data)
    honest = least is not None and (permission or 2) >= least
    print(json.dumps({"file": name, "what": f"{what}, {by}, P={permission}", "honest": honest, "level": level}))


def update_all(folder, path, permission, by):
    with open(path, "rb") as file:
        signed = file.read()
    for what, change, level, least in DONE:
        try:
            data = change(signed)
        except SigningError:
            # pyHanko keeps to the certification.
            continue
        tell(folder, path, data, what, permission, level, least, by)
    try:
        data = validation_data(signed)
    except LookupError:
        return
    tell(folder, path, data, "validation data", permission, "long-term-data", 1, by)
    tell(folder, path, stamped(data), "validation data and a timestamp", permission, "long-term-data", 1, by)


folder, base, *rest = sys.argv[1:]
with open(base, "rb") as file:
    unsigned = file.read()
for permission, certify in enumerate([None, MDPPerm.NO_CHANGES, MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE]):
    path = os.path.join(folder, f"peer-{permission}.pdf")
    with open(path, "wb") as file:
        file.write(sign(unsigned, "First", SigFieldSpec("First", box=BOX), certify))
    update_all(folder, path, permission, "on pyHanko's")
for path, permission in zip(rest[::2], rest[1::2]):
    update_all(folder, path, int(permission), "on ours")
