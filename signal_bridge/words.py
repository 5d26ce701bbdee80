"""What the bridge says to operators, Indonesian first: one sentence for each reason."""

from __future__ import annotations

from typing import NamedTuple

from contract.signals import SignalReason as R


class Words(NamedTuple):
    """The same, twice."""

    id: str
    en: str


SENTENCES: dict[R, Words] = {
    R.BAD_SIGNATURE: Words("Tanda tangan tidak sah.", "The signature is not valid."),
    R.UNKNOWN_KEY: Words("Kunci tidak terdaftar di jembatan ini.", "The key is not registered at this bridge."),
    R.ROLE_MAY_NOT: Words("Peran ini tidak berwenang untuk tindakan itu.", "This role may not do that."),
    R.OTHER_JUNCTION: Words("Permintaan itu untuk simpang lain.", "The request is for another junction."),
    R.REPLAYED: Words("Permintaan ini sudah pernah dipakai.", "This request has been used before."),
    R.EXPIRED: Words("Waktu permintaan sudah habis.", "The request's time is over."),
    R.TOO_EARLY: Words("Permintaan belum berlaku; periksa jam.", "The request is not valid yet; check the clocks."),
    R.NO_SUCH_TARGET: Words("Permintaan yang dituju tidak ada.", "There is no such request."),
    R.OUTSIDE_HOURS: Words("Di luar jam kendali otomatis.", "Outside the hours of automatic control."),
    R.NOT_APPROVED: Words("Ditolak oleh operator.", "An operator rejected it."),
    R.MALFORMED: Words("Permintaan tidak dapat dibaca.", "The request cannot be read."),
    R.UNKNOWN_PHASE: Words("Fase itu tidak ada di simpang ini.", "The junction has no such phase."),
    R.UNKNOWN_APPROACH: Words("Pendekat itu tidak punya fase di sini.", "That approach has no phase here."),
    R.PATTERN_NOT_ALLOWED: Words("Rencana itu tidak diizinkan.", "That plan is not among those allowed."),
    R.OWNED_BY_OTHER: Words("Simpang sedang dikendalikan pihak lain.", "Somebody else controls the junction."),
    R.QUEUE_FULL: Words("Antrean prioritas penuh.", "The priority queue is full."),
    R.COOLDOWN: Words("Simpang sedang pulih setelah prioritas.", "The junction is recovering from a priority."),
    R.NOT_ARMED: Words(
        "Kendali belum diaktifkan di kabinet (simpang bridge arm).",
        "Control is not armed at the cabinet side (simpang bridge arm).",
    ),
    R.LATCHED: Words(
        "Pengaman terkunci; periksa, lalu aktifkan lagi di kabinet.",
        "The interlock has latched; find out why, then arm it anew at the cabinet side.",
    ),
    R.CONFIG_CHANGED: Words("Konfigurasi berubah; aktifkan lagi di kabinet.", "The configuration changed; arm anew."),
    R.STATUS_STALE: Words("Status pengendali tidak terbaca.", "The controller's status cannot be read."),
    R.NOT_REMOTE: Words("Pengendali tidak dalam mode jarak jauh.", "The controller is not in remote mode."),
    R.WATCHDOG_OFF: Words(
        "Pengawas waktu pengendali (unitBackupTime) mati atau tidak wajar.",
        "The controller's watchdog (unitBackupTime) is off or out of bounds.",
    ),
    R.PLAN_CHANGED: Words("Rencana sinyal bukan yang disetujui.", "The signal plan is not the one approved."),
    R.CLOCK_JUMPED: Words("Jam melompat.", "A clock jumped."),
    R.CONFLICT: Words("Konflik atau alarm pada pengendali.", "The controller reports a conflict, or no alarms at all."),
    R.FLASH_UNDER_CONTROL: Words("Simpang jatuh ke kedip saat dikendalikan.", "It went to flash under our control."),
    R.FOREIGN_CONTROL: Words("Ada pihak lain yang menahan fase.", "Another master holds a phase."),
    R.LINE_FAILED: Words("Jalur serial gagal.", "The serial line failed."),
    R.CONTROLLER_REFUSED: Words("Pengendali menolak perintah.", "The controller refused the command."),
    R.PHASE_UNKNOWN: Words("Ada fase yang tidak terbaca.", "A phase cannot be read."),
    R.PHASE_NOT_GREEN: Words("Fase belum hijau.", "The phase is not green."),
    R.INTERGREEN: Words("Sedang antarhijau.", "It is intergreen."),
    R.MINIMUM_GREEN: Words("Hijau minimum belum selesai.", "Minimum green has not run yet."),
    R.PEDESTRIANS: Words("Pejalan kaki sedang menyeberang.", "Pedestrians are crossing."),
    R.CYCLE_UNSEEN: Words("Satu siklus penuh belum teramati.", "No whole cycle has been seen yet."),
    R.RATE_LIMIT: Words("Perintah terlalu rapat.", "Commands come too fast."),
    R.PATTERN_DWELL: Words("Rencana baru saja diganti.", "The plan has only just been changed."),
    R.MAXIMUM_GREEN: Words("Hijau maksimum tercapai.", "Maximum green was reached."),
    R.CYCLE_TOO_LONG: Words("Siklus akan melewati batas.", "The cycle would pass its limit."),
    R.CYCLE_TOO_SHORT: Words("Siklus akan terlalu pendek.", "The cycle would become too short."),
    R.GIVEN: Words("Sudah diberikan.", "Given."),
    R.ASKED_TO: Words("Dilepas atas permintaan.", "Released on request."),
    R.SHUTTING_DOWN: Words("Jembatan berhenti.", "The bridge is shutting down."),
}

_OUTCOMES: dict[str, Words] = {
    "proposed": Words("Diusulkan; menunggu persetujuan operator.", "Proposed; an operator must approve it."),
    "queued": Words("Diterima, menunggu.", "Accepted, waiting."),
    "active": Words("Berjalan.", "In force."),
    "completed": Words("Selesai.", "Completed."),
    "refused": Words("Ditolak.", "Refused."),
    "released": Words("Dilepas.", "Released."),
    "expired": Words("Kedaluwarsa tanpa dilaksanakan.", "Expired without effect."),
}


def sentence(outcome: str, reason: R | None, granted_s: float | None = None) -> Words:
    """What to tell people of an outcome, and why."""
    parts = [_OUTCOMES[outcome]]
    if reason is not None and reason is not R.GIVEN:
        parts.append(SENTENCES[reason])
    if granted_s is not None:
        parts.append(Words(f"Hijau ditahan {granted_s:.0f} detik.", f"Green was held for {granted_s:.0f} s."))
    return Words(" ".join(part.id for part in parts), " ".join(part.en for part in parts))
