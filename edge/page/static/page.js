// The unit's page: signs in, shows the camera, and carries drawings to the unit, which decides.
import { Drawing } from "./drawing.js";
import { both, element, fill, rows } from "./forms.js";

const $ = id => document.getElementById(id);
const GRADES = { ok: "baik", attention: "perhatikan", broken: "rusak" };
const CHECKS = { power: "Listrik", heat: "Suhu", disk: "Penyimpanan", box: "Kotak", clock: "Jam", network: "Jaringan", broker: "Broker",
  outbox: "Kotak keluar", model: "Model", camera: "Kamera" };
let unit = null, camera = null, tab = "aim", changed = false, saved = false, checking = 0;

const drawing = new Drawing($("overlay"), {
  changed() { changed = true; show(); check(); },
  selected() { show(); form(); },
});

async function ask(path, body) {
  const answer = await fetch(`/api/${path}`, body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (answer.status === 401) { signedOut(); throw new Error("signed out"); }
  if (!answer.ok) {
    const trouble = await answer.json().catch(() => ({ id: `gagal (${answer.status})`, en: "failed" }));
    throw Object.assign(new Error(trouble.en), { trouble });
  }
  return answer.json();
}

const drawn = () => ({ camera, zones: drawing.zones });

function notice(kind, id, en) {
  $("notice").hidden = !id;
  $("notice").className = kind;
  $("notice").replaceChildren(...(id ? both(id, en ?? "") : []));
}

// --- signing in -----------------------------------------------------------------------------------------------------
function signedOut() {
  for (const part of document.querySelectorAll("main, nav")) part.hidden = true;
  $("sign-in").hidden = false;
}

async function signIn(pin) {
  try {
    await ask("sign-in", { pin });
    $("sign-in").hidden = true;
    for (const part of document.querySelectorAll("main, nav")) part.hidden = false;
    $("pin").value = $("sign-in-trouble").textContent = "";
    await refresh();
  } catch (error) {
    $("sign-in-trouble").textContent = error.trouble ? `${error.trouble.id} / ${error.trouble.en}` : "unit tidak menjawab";
    $("sign-in").hidden = false;
  }
}

$("sign-in").onsubmit = event => { event.preventDefault(); signIn($("pin").value); };

// --- the unit -------------------------------------------------------------------------------------------------------
async function refresh() {
  const before = unit;
  unit = await ask("unit");
  $("unit").textContent = unit.unit;
  $("line").hidden = false;
  $("line").classList.toggle("on", unit.online);
  $("line").textContent = unit.online ? "daring" : "luring";
  const names = unit.cameras.map(one => one.camera);
  if (!before || names.join() !== before.cameras.map(one => one.camera).join()) {
    $("camera").replaceChildren(...names.map(name => new Option(name, name)));
    $("camera").hidden = names.length < 2;
    if (!names.includes(camera)) take(names[0]);
  }
  if (saved) follow();
}

function take(name) {
  camera = name;
  changed = false;
  drawing.set(unit.cameras.find(one => one.camera === name)?.zones ?? {});
  form(); points(); show(); check();
}

// What becomes of what was saved.
function follow() {
  if (unit.phase === "waiting") {
    const at = unit.at ? ` (${new Date(unit.at).toLocaleTimeString("id")})` : "";
    notice("", `Tersimpan, berlaku pada menit berikutnya${at}`, "saved, begins with the next interval");
  } else if (unit.phase === "trial") {
    notice("", "Sedang dicoba…", "on trial");
  } else {
    saved = false;
    if (unit.outcome === "applied") notice("good", "Berlaku: unit menghitung dengan gambar ini", "in force");
    else notice("bad", `Dikembalikan ke yang lama: ${unit.reason}`, "rolled back");
    take(camera);
  }
}

$("camera").onchange = event => take(event.target.value);

// --- the picture ----------------------------------------------------------------------------------------------------
async function look() {
  if (!camera || $("sign-in").hidden === false || document.hidden) return;
  const answer = await fetch(`/api/picture/${camera}`).catch(() => null);
  $("no-picture").hidden = answer?.status === 200;
  if (answer?.status !== 200) return;
  const old = $("picture").src, fresh = URL.createObjectURL(await answer.blob());
  $("picture").onload = () => {
    const { naturalWidth, naturalHeight } = $("picture");
    const aspect = naturalHeight / naturalWidth;
    if (Math.abs(drawing.height - 1000 * aspect) > 1) drawing.shape(aspect);
    if (old.startsWith("blob:")) URL.revokeObjectURL(old);
  };
  $("picture").src = fresh;
}

// --- drawing --------------------------------------------------------------------------------------------------------
function show() {
  $("saving").hidden = !changed || tab === "done";
  $("remove").disabled = !drawing.item;
  $("close-zone").hidden = drawing.mode !== "zone";
  $("new-line").classList.toggle("busy", drawing.mode === "line");
  $("new-zone").classList.toggle("busy", drawing.mode === "zone");
  const hints = { line: "Tarik jari melintang jalan. / Draw across the road.",
    zone: "Sentuh sudut-sudutnya berurutan, lalu Tutup zona. / Touch its corners in order, then close.",
    look: drawing.item ? "" : "Sentuh garis atau zona untuk mengubahnya. / Touch one to change it." };
  $("hint").textContent = hints[drawing.mode] ?? "";
}

function form() {
  fill($("form"), drawing.item, () => { drawing.render(); changed = true; show(); check(); }, form);
}

function points() {
  rows($("points"), drawing.points, () => { changed = true; show(); check(); },
    index => { drawing.points.splice(index, 1); drawing.render(); points(); changed = true; show(); check(); });
}

$("overlay").addEventListener("pointerup", () => { if (drawing.mode === "calibration") points(); });
$("new-line").onclick = () => { drawing.choose(null); drawing.use(drawing.mode === "line" ? "look" : "line"); show(); };
$("new-zone").onclick = () => { drawing.choose(null); drawing.use(drawing.mode === "zone" ? "look" : "zone"); show(); };
$("close-zone").onclick = () => { if (!drawing.close()) notice("bad", "Zona butuh tiga sudut", "a zone needs three corners"); };
$("remove").onclick = () => drawing.remove();
$("clear-points").onclick = () => { drawing.points = []; drawing.render(); points(); changed = true; show(); check(); };
$("discard").onclick = () => { notice(""); take(camera); };
$("grid").onchange = event => { drawing.grid = event.target.checked; drawing.render(); };

// The unit looks at every change; what it refuses is told where it can be mended.
function check() {
  clearTimeout(checking);
  checking = setTimeout(async () => { judged(await ask("check", drawn())); }, 250);
}

function judged(verdict) {
  $("refusals").replaceChildren(...(verdict.refusals ?? []).map(one =>
    element("li", {}, ...both(`${one.where}: ${one.id}`, one.en))));
  $("save").disabled = $("try").disabled = !verdict.accepted;
  const aim = verdict.aim;
  drawing.horizon = aim?.horizon ?? null;
  drawing.render();
  const share = part => `${(part * 100).toFixed(0)} %`;
  $("aim").replaceChildren(...Object.entries(aim?.coverage ?? {}).flatMap(([name, part]) => [
    element("dt", { textContent: name }), element("dd", { textContent: share(part) })]));
  const residual = aim?.residual_m;
  $("residual").replaceChildren(...(residual === undefined ? [] : both(
    `Sisa: ${residual.toFixed(2)} m${drawing.points.length === 4 ? " (empat titik selalu pas: tambah satu)" : ""}`,
    "residual; four points always fit, add one to see how well they agree")));
}

$("save").onclick = async () => {
  try {
    const verdict = await ask("save", drawn());
    judged(verdict);
    if (!verdict.accepted) return;
    changed = false; saved = true; show();
    notice("", "Tersimpan…", "saved");
  } catch (error) { notice("bad", error.trouble?.id ?? "unit tidak menjawab", error.message); }
};

// --- trying and finishing -------------------------------------------------------------------------------------------
$("try").onclick = async () => judged(await ask("try", drawn()));

async function tried() {
  const { tried } = await ask(`try/${camera}`);
  if (!tried) return;
  $("try-left").replaceChildren(...both(`${tried.vehicles} kendaraan terlihat, sisa ${Math.ceil(tried.left_s)} detik`,
    "vehicles seen, seconds left"));
  const sum = counts => Object.values(counts).reduce((all, one) => all + one, 0);
  const row = (name, number) => element("tr", {}, element("td", { textContent: name }), element("td", { textContent: number }));
  $("tried").replaceChildren(element("table", {},
    ...tried.lines.map(one => row(`${one.name} → ${one.direction}`, sum(one.counts))),
    ...tried.movements.map(one => row(`${one.name} → ${one.direction}`, sum(one.counts))),
    ...Object.entries(tried.zones).map(([name, number]) => row(`${name} (di dalam / inside)`, number))));
}

async function findings() {
  $("findings").replaceChildren(...both("memeriksa…", "checking"));
  const { findings } = await ask("doctor");
  const left = findings.filter(one => one.grade !== "ok").length;
  const sum = left ? both(`${left} hal harus dilihat sebelum pergi`, "things to look at before you leave")
    : both("Semua baik. Selesai.", "All is well. Done.");
  $("findings").replaceChildren(element("p", { className: left ? "sum" : "sum good" }, ...sum), ...findings.map(one => element("div", { className: `finding ${one.grade}` },
    element("b", { textContent: `${`${CHECKS[one.check]} ${one.subject ?? ""}`.trim()}: ${GRADES[one.grade]}` }),
    ...both(one.found.id, one.found.en),
    ...(one.do ? [element("p", { className: "do" }, ...both(`→ ${one.do.id}`, one.do.en))] : []))));
}
$("look-again").onclick = findings;

for (const button of document.querySelectorAll("nav button")) button.onclick = () => {
  tab = button.dataset.tab;
  if (!saved) notice("");
  for (const other of document.querySelectorAll("nav button")) other.setAttribute("aria-current", other === button);
  for (const section of document.querySelectorAll("section")) section.hidden = section.id !== `tab-${tab}`;
  drawing.choose(null);
  drawing.use(tab === "calibrate" ? "calibration" : "look");
  points(); show();
  if (tab === "done") findings();
};

async function every(seconds, what) {
  for (;;) {
    await new Promise(done => setTimeout(done, seconds * 1000));
    if ($("sign-in").hidden && !document.hidden) await what().catch(() => {});
  }
}

// The label's code carries the PIN behind the #, which no server ever sees; it leaves the address bar at once.
const pin = new URLSearchParams(location.hash.slice(1)).get("pin");
history.replaceState(null, "", location.pathname);
if (pin) await signIn(pin);
else await refresh().then(() => { for (const part of document.querySelectorAll("main, nav")) part.hidden = false; })
  .catch(signedOut);
every(0.7, look);
every(1.5, refresh);
every(1, async () => { if (tab === "try") await tried(); });
