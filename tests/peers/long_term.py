"""Long-term evidence by pyHanko.

long_term.py judge ORDERS.json: judges signatures by EN 319 102-1 5.6.3. The orders: "roots", certificates as files; "files",
a list of "file" and "time" (seconds since 1970) and "lists", revocation lists known besides. One line of JSON each.

long_term.py make FOLDER BASE.pdf TIME: makes files at B-LT and B-LTA from a base without signatures, signed at TIME: the
signer's certificate lasts a year, the authority's a thousand days, and each has a root of its own. FOLDER gets the files, the
roots as root.der and stamps.der, and lists about the authority of later days as DAY.crl.

long_term.py alter FILE...: appends to each file other contents of its first page.
"""

import asyncio
import datetime
import io
import json
import logging
import os
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

from asn1crypto import crl as asn1_crl, keys, ocsp as asn1_ocsp, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.signers import pdf_signer
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import add_validation_info
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv import ades_past, poe
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleCertificateStore, SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def set_clock(moment):
    """What pyHanko takes for the present."""

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return moment.astimezone(tz)

    for module in (pdf_signer, poe, ades_past):
        module.datetime = Clock


# Judging


def judge(order, roots):
    at = datetime.datetime.fromtimestamp(order["time"], UTC)
    set_clock(at)
    lists = [CRLContainer(asn1_crl.CertificateList.load(read(path))) for path in order["lists"]]
    spec = SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(trust_roots=roots),
            revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=LocalKnowledge(known_crls=lists),
    )
    timing = ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=True)
    reader = PdfFileReader(io.BytesIO(read(order["file"])), strict=False)
    signature = reader.embedded_regular_signatures[0]
    result = asyncio.run(ades_lta_validation(signature, PdfSignatureValidationSpec(spec), timing_info=timing))
    status = result.api_status
    oldest = result.oldest_evidence_record_timestamp
    return {
        "indication": result.ades_subindic.status.name,
        "sub_indication": result.ades_subindic.standard_name,
        "why": result.failure_msg,
        "time": int(result.best_signature_time.timestamp()),
        "record": int(oldest.timestamp()) if oldest else None,
        "intact": bool(status and status.intact and status.valid),
        "changes": status.modification_level.name if status and status.modification_level else None,
        "error": None,
    }


def judge_all(orders):
    roots = [asn1_x509.Certificate.load(read(path)) for path in orders["roots"]]
    for order in orders["files"]:
        try:
            answer = judge(order, roots)
        except Exception as error:
            answer = {"indication": None, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"file": order["file"], **answer}))


# Making


def certificate(name, key, begin, end, issuer=None, issuer_key=None, usage=None, sources=()):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    above = (issuer_key or key).public_key()
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), False)
    names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    names += ["key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    granted = {"key_cert_sign", "crl_sign"} if issuer is None else {"digital_signature"}
    if issuer and not usage:
        granted |= {"content_commitment"}
    builder = builder.add_extension(x509.KeyUsage(**{name: name in granted for name in names}), True)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), True)
    if "crl" in sources:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier("http://lists.example/list.crl")], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), False)
    if "ocsp" in sources:
        place = x509.UniformResourceIdentifier("http://lists.example/ocsp")
        described = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([described]), False)
    return builder.sign(issuer_key or key, hashes.SHA256())


def der(item):
    return item.public_bytes(serialization.Encoding.DER)


def as_asn1(item):
    return asn1_x509.Certificate.load(der(item))


def as_key(key):
    encoded = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return keys.PrivateKeyInfo.load(encoded)


class Office:
    def __init__(self, start):
        self.start = start
        self.root_key = ec.generate_private_key(ec.SECP256R1())
        self.stamps_key = ec.generate_private_key(ec.SECP256R1())
        self.key = ec.generate_private_key(ec.SECP256R1())
        # pyHanko's authority for tests knows RSA alone.
        self.stamp_key = rsa.generate_private_key(65537, 2048)
        at = lambda days: start + days * DAY
        self.root = certificate("Peer Root", self.root_key, at(-1000), at(8000))
        self.stamps = certificate("Peer TSA Root", self.stamps_key, at(-1000), at(8000))
        above, sources = (self.root, self.root_key), ("crl", "ocsp")
        self.leaf = certificate("Peer", self.key, at(-100), at(365), *above, sources=sources)
        above, usage = (self.stamps, self.stamps_key), ExtendedKeyUsageOID.TIME_STAMPING
        self.stamper = certificate("Peer TSA", self.stamp_key, at(-100), at(1000), *above, usage=usage, sources=("crl",))
        self.store = SimpleCertificateStore()
        self.store.register_multiple([as_asn1(one) for one in (self.root, self.leaf, self.stamps, self.stamper)])

    def authority(self, when):
        return DummyTimeStamper(as_asn1(self.stamper), as_key(self.stamp_key), self.store, fixed_dt=when)

    def list(self, issued, root, key):
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(root.subject)
            .last_update(issued)
            .next_update(issued + 7 * DAY)
            .add_extension(x509.CRLNumber(int(issued.timestamp())), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
        )
        return der(builder.sign(key, hashes.SHA256()))

    def about_stamps(self, issued):
        return self.list(issued, self.stamps, self.stamps_key)

    def answer(self, issued):
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=self.leaf,
            issuer=self.root,
            algorithm=hashes.SHA256(),
            cert_status=ocsp.OCSPCertStatus.GOOD,
            this_update=issued,
            next_update=issued + 7 * DAY,
            revocation_time=None,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.root)
        return der(builder.sign(self.root_key, hashes.SHA256()))

    def context(self, when, evidence, issued):
        lists, known = [self.about_stamps(issued)], {}
        if evidence == "ocsp":
            known["ocsps"] = [asn1_ocsp.OCSPResponse.load(self.answer(issued))]
        else:
            lists.append(self.list(issued, self.root, self.root_key))
        known["crls"] = [asn1_crl.CertificateList.load(one) for one in lists]
        return ValidationContext(
            trust_roots=[as_asn1(self.root), as_asn1(self.stamps)],
            other_certs=[as_asn1(self.leaf), as_asn1(self.stamper)],
            allow_fetching=False,
            revocation_mode="require",
            moment=when,
            best_signature_time=when,
            **known,
        )

    def sign(self, data, when, **more):
        set_clock(when)
        metadata = signers.PdfSignatureMetadata(
            field_name="Peer", subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256", **more
        )
        signer = signers.SimpleSigner(
            signing_cert=as_asn1(self.leaf), signing_key=as_key(self.key), cert_registry=self.store
        )
        signing = signers.PdfSigner(metadata, signer, timestamper=self.authority(when))
        return signing.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data), strict=False)).getvalue()

    def filled(self, data, when, evidence, issued):
        out = io.BytesIO()
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        signature = reader.embedded_regular_signatures[0]
        add_validation_info(signature, self.context(when, evidence, issued), output=out, force_write=True)
        return out.getvalue()

    def stamped(self, data, when, evidence, issued):
        set_clock(when)
        update = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
        stamping = signers.PdfTimeStamper(self.authority(when))
        context = self.context(when, evidence, issued)
        return stamping.timestamp_pdf(update, "sha256", validation_context=context).getvalue()


def make(folder, base, start):
    office = Office(start)
    hour = datetime.timedelta(hours=1)

    def put(name, data):
        write(os.path.join(folder, name), data)

    for evidence in ("crl", "ocsp"):
        # All in one act, with evidence from before it.
        context = office.context(start, evidence, start - hour)
        once = {"validation_context": context, "embed_validation_info": True}
        put(f"{evidence}-lt-once.pdf", office.sign(base, start, **once))
        put(f"{evidence}-lta-once.pdf", office.sign(base, start, use_pades_lta=True, **once))
        # Signed, and a day later filled with evidence of that day, and stamped.
        timestamped = office.sign(base, start)
        put(f"{evidence}-t.pdf", timestamped)
        filled = office.filled(timestamped, start + DAY, evidence, start + DAY)
        put(f"{evidence}-lt.pdf", filled)
        put(f"{evidence}-lta.pdf", office.stamped(filled, start + DAY + hour, evidence, start + DAY))
    put("root.der", der(office.root))
    put("stamps.der", der(office.stamps))
    for day in (2, 500, 1200):
        put(f"{day}.crl", office.about_stamps(start + day * DAY))


def alter(path):
    update = IncrementalPdfFileWriter(io.BytesIO(read(path)), strict=False)
    page = update.root["/Pages"]["/Kids"][0]
    contents = generic.StreamObject(stream_data=b"BT /F1 40 Tf 72 500 Td (Pay 900) Tj ET")
    page["/Contents"] = update.add_object(contents)
    update.update_container(page)
    out = io.BytesIO()
    update.write(out)
    write(path, out.getvalue())


if sys.argv[1] == "judge":
    judge_all(json.loads(read(sys.argv[2])))
elif sys.argv[1] == "alter":
    for name in sys.argv[2:]:
        alter(name)
else:
    make(sys.argv[2], read(sys.argv[3]), datetime.datetime.fromtimestamp(int(sys.argv[4]), UTC))
