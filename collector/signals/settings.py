"""The `[signals]` section of collector.toml: with which keys the centre may ask bridges for something, and as whom."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from contract import Model, Slug
from contract.signals import SignalRole


class SigningKey(Model):
    """One private key of the centre. The bridges have its public half under `id`, with the same `who` and `role`."""

    id: Slug
    who: Slug = Field(description="As registered at the bridges; the operator's own name stands in the reason.")
    role: Literal[SignalRole.OPERATE, SignalRole.MANAGE, SignalRole.CONFIGURE] = Field(
        description="What it may ask for; used for operators of this role and above."
    )
    file: Path = Field(description="PKCS #8 PEM, mode 0600, outside the repository: simpang bridge key --out FILE.")


class SignalSettings(Model):
    """Keys, and the connection over which requests go."""

    keys: tuple[SigningKey, ...] = Field(min_length=1, max_length=3, description="At most one of each role.")
    client_id: str = Field(default="signals", min_length=1, max_length=60, description="Another for each console.")
    cert_file: Path | None = Field(default=None, description="Certificate of role `console`; else the collector's.")
    key_file: Path | None = Field(default=None, description="Its private key (of the TLS line, not of requests).")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        roles = [key.role for key in self.keys]
        if len(set(roles)) < len(roles):
            raise ValueError("two keys of one role: name one key for each role")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file come together")
        return self

    def beside(self, folder: Path) -> SignalSettings:
        """The same, with the paths that are not absolute taken from `folder`."""
        keys = tuple(key.model_copy(update={"file": folder / key.file}) for key in self.keys)
        placed = {name: folder / path for name in ("cert_file", "key_file") if (path := getattr(self, name))}
        return self.model_copy(update={"keys": keys, **placed})
