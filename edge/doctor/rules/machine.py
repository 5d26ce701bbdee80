"""The board: power, heat, disk and clock.

A Raspberry Pi reports under-voltage below 4.63 V and slows down from 80 °C, at the latest at 85 °C (Raspberry Pi
documentation, "Frequency management and thermal control"). An eMMC tells its age in tenths of its life.
"""

from __future__ import annotations

from contract.base import EARLIEST
from edge.doctor.finding import Check, Finding, Words, attention, broken, fine, words
from edge.doctor.readings import BoxReading, ClockReading, DiskReading, MachineReading
from edge.health.heat import HOT_C
from edge.health.restart import Cause
from edge.health.supply import Supply

TOO_HOT_C = 85.0
LITTLE_MB, FULL_MB = 1000.0, 100.0
WORN_PERCENT = 80
REWRITTEN = 300
"""Times that a card may be written over; cells take some 1,000, and it writes two or three times what it is told."""
LOW_BATTERY_PERCENT = 30.0
SLOW_S, WRONG_S = 0.5, 5.0
"""A second moves one vehicle in sixty into the wrong minute; a bridge refuses requests that are older than some."""


def power(seen: MachineReading) -> Finding:
    """Whether the supply holds."""
    if seen.under_voltage:
        return attention(
            Check.POWER,
            words(
                "tegangan turun di bawah 4,63 V sejak dinyalakan", "the voltage fell below 4.63 V since it was started"
            ),
            words(
                "ganti adaptor (Pi 4: 5 V 3 A, Pi 5: 5 V 5 A) dan pakai kabel pendek yang tebal, lalu mulai ulang",
                "take another supply (Pi 4: 5 V 3 A, Pi 5: 5 V 5 A) and a short thick cable, then restart",
            ),
        )
    return _battery(seen.supply) or _restart(seen.restart) or _voltage(seen)


def _battery(supply: Supply) -> Finding | None:
    full = "?" if supply.battery_percent is None else f"{supply.battery_percent:.0f}"
    if supply.source == "battery":
        return attention(
            Check.POWER,
            words(f"jalan dengan baterai ({full} %)", f"runs on its battery ({full} %)"),
            words(
                "listrik di lokasi padam atau adaptor lepas: periksa MCB, stopkontak, dan adaptor",
                "the mains failed or the supply is unplugged: check breaker, socket and supply",
            ),
        )
    if supply.battery_percent is not None and supply.battery_percent < LOW_BATTERY_PERCENT:
        return attention(
            Check.POWER,
            words(f"baterai cadangan tinggal {full} %", f"the back-up battery is down to {full} %"),
            words(
                "biarkan mengisi beberapa jam; bila tetap rendah, ganti baterainya",
                "let it charge for some hours; replace it when it stays low",
            ),
        )
    return None


_UNASKED: dict[Cause, tuple[Words, Words]] = {
    "watchdog": (
        words("unit macet lalu dinyalakan ulang oleh pengawas", "the board hung, and its watchdog restarted it"),
        words(
            "bila berulang, siapkan kartu baru lalu ganti unit",
            "if it comes again, prepare a new card, then replace it",
        ),
    ),
    "crash": (
        words("sistem operasi berhenti mendadak", "the operating system crashed"),
        words(
            "simpan isi /var/lib/systemd/pstore untuk depot", "keep what is in /var/lib/systemd/pstore for the depot"
        ),
    ),
}


def _restart(cause: Cause | None) -> Finding | None:
    if cause is None or cause not in _UNASKED:
        return None
    return attention(Check.POWER, *_UNASKED[cause])


def _voltage(seen: MachineReading) -> Finding:
    """A loss of power is told and no fault of the unit: whoever plugs it in again has just made one."""
    if seen.under_voltage is None:
        told = [words("papan ini tidak melaporkan tegangan", "this board does not tell its voltage")]
    else:
        told = [words("tegangan cukup", "the voltage is sufficient")]
    if seen.supply.battery_percent is not None:
        full = f"{seen.supply.battery_percent:.0f} %"
        told.append(words(f"baterai {full}", f"battery {full}"))
    if seen.restart == "power":
        told.append(words("sebelumnya mati mendadak", "it lost its power before"))
    return fine(Check.POWER, words(", ".join(one.id for one in told), ", ".join(one.en for one in told)))


def box(seen: BoxReading) -> Finding:
    """Whether the box is closed and stands as it was mounted."""
    if seen.tilted:
        return attention(
            Check.BOX,
            words("kotak miring", "the box leans over"),
            words(
                "periksa tiang dan klem, tegakkan, lalu arahkan kamera lagi",
                "check pole and clamps, set it upright, then aim the camera again",
            ),
        )
    if seen.door_open:
        found = words("pintu kotak terbuka", "the door of the box is open")
        return attention(Check.BOX, found, words("tutup dan kunci", "close and lock it"))
    silent = [
        one for one, state in (("door", seen.door_open), ("tilt", seen.tilted)) if one in seen.fitted and state is None
    ]
    if silent:
        names = ", ".join(silent)
        return attention(
            Check.BOX,
            words(f"saklar tidak terbaca: {names}", f"a switch cannot be read: {names}"),
            words("periksa nomor pin di [contacts] dan kabelnya", "check the pin in [contacts], and its cable"),
        )
    if not seen.fitted:
        return fine(Check.BOX, words("tanpa saklar pintu atau kemiringan", "no switch for door or tilt"))
    return fine(Check.BOX, words("tertutup dan tegak", "closed and upright"))


def heat(seen: MachineReading) -> Finding:
    """Whether it is too hot to do all its work."""
    celsius = seen.temperature_c
    if celsius is None and seen.slowed is None:
        return fine(Check.HEAT, words("papan ini tidak melaporkan suhu", "this board does not tell its temperature"))
    told = "?" if celsius is None else f"{celsius:.0f} °C"
    do = words(
        "beri bayangan dan lubang udara pada kotak, bersihkan kipas, pasang sirip pendingin",
        "shade and ventilate the box, clean the fan, fit a heat sink",
    )
    if celsius is not None and celsius >= TOO_HOT_C:
        return broken(Check.HEAT, words(f"{told}: terlalu panas", f"{told}: too hot"), do)
    if seen.slowed:
        found = words(f"{told}: prosesor diperlambat", f"{told}: the processor is slowed down")
        return attention(Check.HEAT, found, do)
    if celsius is not None and celsius >= HOT_C:
        found = words(f"{told}: panas, gambar per detik dikurangi", f"{told}: hot, fewer pictures are looked at")
        return attention(Check.HEAT, found, do)
    return fine(Check.HEAT, words(told, told))


def disk(seen: DiskReading) -> Finding:
    """Whether what is counted can be kept."""
    free = f"{seen.free_mb / 1000:.1f} GB"
    if not seen.writable:
        return broken(
            Check.DISK,
            words(f"{seen.folder} tidak dapat ditulisi ({seen.fault})", f"{seen.folder} takes nothing ({seen.fault})"),
            words(
                "mulai ulang unit; bila tetap begitu, kartu rusak: siapkan kartu baru",
                "restart the unit; if it stays so, the card is broken: prepare a new one",
            ),
        )
    if seen.free_mb < LITTLE_MB:
        grade = broken if seen.free_mb < FULL_MB else attention
        return grade(
            Check.DISK,
            words(f"tinggal {free} kosong", f"only {free} are free"),
            words("pakai kartu yang lebih besar, atau hapus berkas lama", "use a larger card, or remove old files"),
        )
    if seen.errors:
        return attention(
            Check.DISK,
            words(f"sistem berkas mencatat {seen.errors} kesalahan", f"the file system has met {seen.errors} errors"),
            words("siapkan kartu baru: yang ini mulai rusak", "prepare a new card: this one begins to fail"),
        )
    if seen.worn_percent is not None and seen.worn_percent >= WORN_PERCENT:
        return attention(
            Check.DISK,
            words(f"penyimpanan aus {seen.worn_percent} %", f"the storage is worn to {seen.worn_percent} %"),
            words("rencanakan penggantian", "plan to replace it"),
        )
    if seen.written_gb is not None and seen.size_gb and seen.written_gb > REWRITTEN * seen.size_gb:
        times = f"{seen.written_gb / seen.size_gb:.0f}"
        return attention(
            Check.DISK,
            words(f"kartu sudah ditulisi penuh {times} kali", f"the card has been written over {times} times"),
            words("siapkan kartu baru sebelum yang ini rusak", "prepare a new card before this one fails"),
        )
    worn = (
        words("keausan tidak dilaporkan", "wear is not told")
        if seen.worn_percent is None
        else words(f"aus {seen.worn_percent} %", f"worn to {seen.worn_percent} %")
    )
    return fine(Check.DISK, words(f"{free} kosong, {worn.id}", f"{free} free, {worn.en}"))


def clock(seen: ClockReading) -> Finding:
    """Whether a count gets the minute that it belongs to."""
    check_time = words(
        "periksa jaringan (UDP 123 keluar) dan server waktu, lalu  chronyc sources",
        "check the network (UDP 123 outwards) and the time servers, then  chronyc sources",
    )
    if seen.now < EARLIEST:
        found = words(f"jam menunjukkan {seen.now:%Y-%m-%d}", f"the clock says {seen.now:%Y-%m-%d}")
        return broken(Check.CLOCK, found, check_time)
    if seen.synchronised is None:
        return attention(
            Check.CLOCK,
            words("tidak ada yang menjaga jam ini", "nobody keeps this clock"),
            words("pasang chrony:  sudo apt-get install chrony", "install chrony:  sudo apt-get install chrony"),
        )
    if not seen.synchronised:
        found = words("jam belum disetel dari jaringan", "the clock is not yet set by the network")
        return attention(Check.CLOCK, found, check_time)
    if seen.error_s is None:
        return fine(Check.CLOCK, words("disetel dari jaringan", "set by the network"))
    off = f"{seen.error_s * 1000:.0f} ms" if seen.error_s < 1 else f"{seen.error_s:.1f} s"
    if seen.error_s > SLOW_S:
        grade = broken if seen.error_s > WRONG_S else attention
        return grade(Check.CLOCK, words(f"bisa meleset {off}", f"may be off by {off}"), check_time)
    return fine(
        Check.CLOCK,
        words(f"paling jauh meleset {off} (stratum {seen.stratum})", f"off by {off} at most (stratum {seen.stratum})"),
    )
