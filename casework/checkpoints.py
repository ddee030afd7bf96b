"""Signed statements of how far the ledger had come, to be kept elsewhere.

The text is a C2SP signed note (``c2sp.org/signed-note``) with the lines of a checkpoint: origin, number of entries,
hash of the last one in base64; then when it was made and the digest of the file that lists the hash of every entry.
The hash is the chain's, not a Merkle tree's. Signatures are Ed25519.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy import Connection, select

from casework.chain import FIRST
from casework.errors import CheckpointError
from casework.ledger import LEDGER

ORIGIN = "trustlane/ledger"
ED25519 = b"\x01"
HASH_BYTES = 32


@dataclass(frozen=True)
class Checkpoint:
    """A signed state of the ledger. ``hashes`` names every entry up to ``size`` when its file was given."""

    size: int
    head: str
    at: datetime
    hashes_digest: str
    hashes: tuple[str, ...] = field(default=(), repr=False)


def make_key(path: Path) -> str:
    """Make a signing key at ``path``, readable by its owner only; gives the verifier key to be kept elsewhere."""
    if path.exists():
        raise CheckpointError(f"Expected no file at {path}, got one. A key is never written over; name another file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return verifier_key(key.public_key())


def read_key(path: Path) -> Ed25519PrivateKey:
    """The signing key in a PEM file."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CheckpointError(
            f"Expected an Ed25519 key in PEM at {path}, got: {error}. Make one with trustlane audit key."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CheckpointError(f"Expected an Ed25519 key at {path}, got {type(key).__name__}. Make one of that kind.")
    return key


def verifier_key(key: Ed25519PublicKey) -> str:
    """The public half as ``NAME+HASH+KEY`` of a signed note."""
    public = ED25519 + key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"{ORIGIN}+{_key_id(public).hex()}+{base64.b64encode(public).decode()}"


def write_checkpoint(connection: Connection, key: Ed25519PrivateKey, path: Path, *, at: datetime) -> Checkpoint:
    """Sign the ledger as it stands: the note at ``path`` and beside it ``path.hashes`` with 32 bytes an entry."""
    hashes = tuple(connection.execute(select(LEDGER.c.hash).order_by(LEDGER.c.sequence)).scalars())
    raw = bytes.fromhex("".join(hashes))
    made = Checkpoint(len(hashes), hashes[-1] if hashes else FIRST, at, hashlib.sha256(raw).hexdigest(), hashes)
    path.parent.mkdir(parents=True, exist_ok=True)
    _hashes_path(path).write_bytes(raw)
    path.write_text(_signed(_text(made), key), encoding="utf-8")
    return made


def read_checkpoint(path: Path, verifier: str) -> Checkpoint:
    """A checkpoint from its file, with the signature and the file of hashes, if it is there, checked.

    Raises
    ------
    CheckpointError
        When the file is no signed note, the key is another one, or a byte of it was changed.
    """
    try:
        text, _, signature = path.read_bytes().decode("utf-8").partition("\n\n")
        _check_signature(text + "\n", signature, verifier)
        origin, size, head, at, digest = text.split("\n")
        read = Checkpoint(
            int(size),
            base64.b64decode(head, validate=True).hex(),
            datetime.fromisoformat(at.removeprefix("at ").removesuffix("Z")),
            digest.removeprefix("hashes "),
        )
    except (OSError, ValueError, InvalidSignature) as error:
        raise CheckpointError(
            f"Expected a checkpoint signed by {verifier.split('+')[0]} in {path}, got: "
            f"{str(error) or 'another signature'}. Take the file as it was written and the key that was kept."
        ) from error
    if origin != ORIGIN:
        raise CheckpointError(f"Expected a checkpoint of {ORIGIN} in {path}, got {origin}. Take the right file.")
    return _with_hashes(read, _hashes_path(path))


def _with_hashes(read: Checkpoint, path: Path) -> Checkpoint:
    if not path.exists():
        return read
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != read.hashes_digest:
        raise CheckpointError(
            f"Expected in {path} the hashes that the checkpoint signs, got others. Take the file away."
        )
    text = raw.hex()
    width = 2 * HASH_BYTES
    hashes = tuple(text[start : start + width] for start in range(0, len(text), width))
    return Checkpoint(read.size, read.head, read.at, read.hashes_digest, hashes)


def _hashes_path(path: Path) -> Path:
    return path.with_name(path.name + ".hashes")


def _text(made: Checkpoint) -> str:
    head = base64.b64encode(bytes.fromhex(made.head)).decode()
    at = made.at.isoformat(timespec="microseconds")
    return f"{ORIGIN}\n{made.size}\n{head}\nat {at}Z\nhashes {made.hashes_digest}\n"


def _signed(text: str, key: Ed25519PrivateKey) -> str:
    public = ED25519 + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = base64.b64encode(_key_id(public) + key.sign(text.encode())).decode()
    return f"{text}\n— {ORIGIN} {signature}\n"


def _check_signature(text: str, signature_line: str, verifier: str) -> None:
    try:
        _, key_id, encoded = verifier.strip().split("+", 2)
        public = base64.b64decode(encoded, validate=True)
        _, name, signed = signature_line.strip().split(" ")
        signature = base64.b64decode(signed, validate=True)
    except (ValueError, binascii.Error) as error:
        raise ValueError(f"no signature or no verifier key NAME+HASH+KEY ({error})") from error
    if name != ORIGIN or signature[:4] != _key_id(public) or _key_id(public).hex() != key_id:
        raise ValueError("a signature by another key")
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], text.encode())


def _key_id(public: bytes) -> bytes:
    return hashlib.sha256(ORIGIN.encode() + b"\n" + public).digest()[:4]
