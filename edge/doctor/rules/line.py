"""The line to the centre: network, broker, and what waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from edge.doctor.finding import Check, Finding, Words, attention, broken, fine, words
from edge.doctor.readings import BrokerReading, NetworkReading, OutboxReading, TlsFault

RENEW_EARLY = timedelta(days=30)
"""Half of what the depot's own reminder gives (`simpang provision ca status`): by now it was overlooked."""
WAITING = timedelta(minutes=10)


def network(seen: NetworkReading) -> Finding:
    """Whether packets get to the broker."""
    place = f"{seen.host}:{seen.port}"
    if seen.address is None:
        return broken(
            Check.NETWORK,
            words("unit tidak punya alamat jaringan", "the unit has no network address"),
            words(
                "periksa kabel, sandi Wi-Fi atau kartu SIM, lalu  nmcli device",
                "check cable, Wi-Fi password or SIM card, then  nmcli device",
            ),
        )
    if seen.name_fault:
        return broken(
            Check.NETWORK,
            words(
                f"nama {seen.host} tidak ditemukan ({seen.name_fault})",
                f"{seen.host}: no such name ({seen.name_fault})",
            ),
            words(
                "periksa DNS jaringan ini dan [broker] host di unit.toml",
                "check the DNS of this network and [broker] host in unit.toml",
            ),
        )
    if seen.connect_ms is None:
        return broken(
            Check.NETWORK,
            words(f"{place} tidak menjawab ({seen.reach_fault})", f"{place} does not answer ({seen.reach_fault})"),
            words(
                "tanyakan pusat apakah broker hidup dan firewall membuka porta itu",
                "ask the centre whether the broker runs and the firewall lets this port through",
            ),
        )
    ms = f"{seen.connect_ms:.0f} ms"
    return fine(
        Check.NETWORK, words(f"{seen.address}, broker dalam {ms}", f"{seen.address}, the broker answers in {ms}")
    )


_RENEW = words(
    "perbarui sertifikat unit di depo:  simpang provision ca renew",
    "renew the unit's certificate at the depot:  simpang provision ca renew",
)
_TLS: Mapping[TlsFault, tuple[Words, Words]] = {
    "files": (
        words("sertifikat unit tidak dapat dibaca", "the unit's certificate cannot be read"),
        words("siapkan kartu ini lagi di depo", "prepare this card again at the depot"),
    ),
    "server_expired": (
        words("sertifikat broker tidak berlaku pada jam ini", "the broker's certificate does not count at this time"),
        words(
            "periksa jam unit dahulu; lalu sertifikat broker di pusat", "check the unit's clock first; then the broker"
        ),
    ),
    "server_unknown": (
        words("broker memakai sertifikat otoritas lain", "the broker shows a certificate of another authority"),
        words(
            "periksa [broker] host; kartu mungkin dari kota lain", "check [broker] host; is the card another city's?"
        ),
    ),
    "server_name": (
        words("sertifikat broker bernama lain", "the broker's certificate has another name"),
        words(
            "pakai nama broker yang ada di sertifikatnya pada [broker] host",
            "give [broker] host a name that stands in the broker's certificate",
        ),
    ),
    "own_expired": (
        words("sertifikat unit ini sudah berakhir", "this unit's certificate has ended"),
        _RENEW,
    ),
    "own_refused": (
        words("broker menolak sertifikat unit ini", "the broker refuses this unit's certificate"),
        words(
            "tanyakan depo apakah unit ini dicabut, atau daftar pencabutan broker sudah lewat",
            "ask the depot whether this unit was revoked, or the broker's revocation list has run out",
        ),
    ),
    "other": (
        words("sambungan terenkripsi gagal", "the encrypted connection fails"),
        words("laporkan kalimat ini ke pusat", "tell the centre this sentence"),
    ),
}


def broker(seen: BrokerReading, *, reachable: bool, now: datetime) -> Finding:
    """Whether the broker knows this unit and takes what it says, and nothing in another's name."""
    if seen.tls_fault is not None:
        found, do = _TLS[seen.tls_fault]
        detail = f" ({seen.detail})" if seen.detail else ""
        return broken(Check.BROKER, words(found.id + detail, found.en + detail), do)
    if not reachable:
        return broken(
            Check.BROKER,
            words("tidak dapat dicoba tanpa jaringan", "cannot be tried without the network"),
            words("perbaiki jaringan dahulu", "mend the network first"),
        )
    if seen.login == "refused":
        return broken(
            Check.BROKER,
            words(f"broker menolak: {seen.detail}", f"the broker refuses: {seen.detail}"),
            words("minta pusat memeriksa nama dan hak unit ini", "ask the centre to check this unit's name and rights"),
        )
    if seen.own_topic is False:
        return broken(
            Check.BROKER,
            words("broker tidak menerima laporan unit ini", "the broker does not take this unit's reports"),
            words(
                "pusat: tulis ulang daftar hak,  simpang provision broker",
                "centre: write the access list anew,  simpang provision broker",
            ),
        )
    return _accepted(seen, now)


def _accepted(seen: BrokerReading, now: datetime) -> Finding:
    left = None if seen.certificate_ends is None else seen.certificate_ends - now
    if left is not None and left < RENEW_EARLY:
        found = words(f"sertifikat berakhir {left.days} hari lagi", f"the certificate ends in {left.days} days")
        return attention(Check.BROKER, found, _RENEW)
    if not seen.encrypted:
        return attention(
            Check.BROKER,
            words("sambungan tidak terenkripsi", "the line is not encrypted"),
            words("hanya untuk laboratorium: tambahkan [broker.tls]", "for the laboratory only: add [broker.tls]"),
        )
    if seen.foreign_topic:
        return attention(
            Check.BROKER,
            words("broker menerima laporan atas nama unit lain", "the broker takes reports in another unit's name"),
            words(
                "pusat: pasang daftar hak,  simpang provision broker",
                "centre: install the access list,  simpang provision broker",
            ),
        )
    days = "" if left is None else f"{left.days}"
    until = words(f", sertifikat {days} hari lagi" if days else "", f", certificate for {days} days" if days else "")
    if seen.login == "in_use":
        said = words(
            "sertifikat diterima; unit sedang tersambung", "certificate accepted; the unit itself holds the line"
        )
    else:
        said = words("masuk dan hak benar", "login and rights are right")
    return fine(Check.BROKER, words(said.id + until.id, said.en + until.en))


def outbox(seen: OutboxReading, now: datetime) -> Finding:
    """Whether reports get away."""
    if seen.fault:
        return broken(
            Check.OUTBOX,
            words(f"kotak keluar tidak terbaca ({seen.fault})", f"the outbox cannot be read ({seen.fault})"),
            words("jalankan dengan sudo; bila tetap, mulai ulang unit", "run it with sudo; else restart the unit"),
        )
    age = now - seen.oldest if seen.oldest is not None else timedelta()
    if age > WAITING:
        minutes = round(age.total_seconds() / 60)
        return attention(
            Check.OUTBOX,
            words(
                f"{seen.depth} laporan menunggu, yang tertua {minutes} menit",
                f"{seen.depth} reports wait, the oldest for {minutes} minutes",
            ),
            words(
                "tidak ada yang hilang; perbaiki jaringan atau broker (lihat di atas)",
                "nothing is lost; mend network or broker (see above)",
            ),
        )
    if seen.dropped:
        return attention(
            Check.OUTBOX,
            words(f"{seen.dropped} laporan pernah dibuang", f"{seen.dropped} reports were given up in the past"),
            words(
                "kartu pernah penuh atau jaringan lama putus: besarkan outbox_mb atau kartunya",
                "the card was full or the line long down: raise outbox_mb, or take a larger card",
            ),
        )
    return fine(Check.OUTBOX, words(f"{seen.depth} laporan menunggu", f"{seen.depth} reports wait"))
