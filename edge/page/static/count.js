// Counting by hand: shows pictures, carries each tap to the unit with the time of the picture it belongs to.
import { both, element } from "./forms.js";

const $ = id => document.getElementById(id);
const CLASSES = { m: ["motorcycle", "motor"], c: ["car", "mobil"], a: ["angkot", "angkot"], b: ["bus", "bus"], t: ["truck", "truk"],
  s: ["bicycle", "sepeda"] };
const NAMES = Object.fromEntries(Object.values(CLASSES));
let camera = "", begun = null, line = null, position = 0, marks = 0, held = false, over = false, playedS = 0, sinceMs = 0;

async function ask(path, body) {
  const answer = await fetch(`/api/${path}`, body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (answer.status === 401) { location.href = "/"; throw new Error("signed out"); }
  if (!answer.ok) {
    const trouble = await answer.json().catch(() => ({ id: `gagal (${answer.status})`, en: "failed" }));
    throw Object.assign(new Error(trouble.en), { trouble });
  }
  return answer.json();
}

function trouble(error) {
  $("notice").hidden = false;
  $("notice").replaceChildren(...both(error.trouble?.id ?? "unit tidak menjawab", error.message));
}

// --- beginning ------------------------------------------------------------------------------------------------------
// The PIN stands behind the #, which no server sees; it leaves the address bar at once.
const told = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, "", location.pathname);
if (told.get("pin")) await ask("sign-in", { pin: told.get("pin") }).catch(trouble);
const wanted = told.get("menit");
if (wanted) $("minutes").prepend(new Option(`${wanted} menit`, wanted, true, true));
const unit = await ask("unit");
$("camera").replaceChildren(...unit.cameras.map(one => new Option(one.camera, one.camera)));
$("start").hidden = false;
$("start").onsubmit = async event => {
  event.preventDefault();
  camera = $("camera").value;
  try { begun = await ask("count", { camera, minutes: Number($("minutes").value) }); } catch (error) { trouble(error); return; }
  $("notice").hidden = $("start").hidden = true;
  document.querySelector("main").hidden = false;
  $("hold").hidden = !begun.held;
  $("line").replaceChildren(...begun.lines.map(one => new Option(one.id, one.id)));
  $("line").hidden = begun.lines.length < 2;
  choose(begun.lines[0]);
  sinceMs = performance.now();
  play();
};
$("line").onchange = event => { choose(begun.lines.find(one => one.id === event.target.value)); event.target.blur(); };

function choose(chosen) {
  line = chosen;
  const [[ax, ay], [bx, by]] = [line.a, line.b].map(point => point.map(part => 1000 * part));
  const svg = (name, more) => Object.entries(more).reduce((node, [key, value]) => (node.setAttribute(key, value), node),
    document.createElementNS("http://www.w3.org/2000/svg", name));
  // Pictures count y downwards: to the right of a→b is (-dy, dx).
  const length = Math.hypot(bx - ax, by - ay) || 1, [nx, ny] = [-(by - ay) / length * 45, (bx - ax) / length * 45];
  const [mx, my] = [(ax + bx) / 2, (ay + by) / 2];
  const arrow = (sign, name) => svg("polygon", { class: name, points: [[mx + sign * nx, my + sign * ny],
    [mx + ny / 2, my - nx / 2], [mx - ny / 2, my + nx / 2]].map(one => one.join()).join(" ") });
  $("overlay").replaceChildren(svg("line", { class: "way-line", x1: ax, y1: ay, x2: bx, y2: by }),
    arrow(1, "way-right"), arrow(-1, "way-left"));
  $("ways").replaceChildren(...[[line.right, false], [line.left, true]].map(([way, capital]) => element("div", {},
    element("h2", { textContent: `→ ${way}` }),
    ...Object.entries(CLASSES).map(([key, [name, shown]]) => {
      const button = element("button", { type: "button" }, element("span", { textContent: shown }),
        element("kbd", { textContent: capital ? key.toUpperCase() : key }));
      button.dataset.mark = `${name} ${way}`;
      button.onpointerdown = event => { event.preventDefault(); mark(name, way, button); };
      return button;
    }))));
}

// --- the pictures ---------------------------------------------------------------------------------------------------
const playedMs = () => playedS * 1000 + (held ? 0 : performance.now() - sinceMs);

async function play() {
  while (!over) {
    if (held) { await new Promise(done => setTimeout(done, 100)); continue; }
    const answer = await fetch(`/api/watch/${camera}/${Math.round(playedMs())}`).catch(() => null);
    if (answer?.status === 200) {
      window.position = position = Number(answer.headers.get("X-Position"));
      const old = $("picture").src;
      $("picture").src = URL.createObjectURL(await answer.blob());
      await $("picture").decode().catch(() => {});
      if (old.startsWith("blob:")) URL.revokeObjectURL(old);
      $("no-picture").hidden = true;
      $("clock").textContent = `${clock(position)} / ${clock(begun.seconds)}`;
      if (position >= begun.seconds) { done(); return; }
    } else if (answer?.status === 204 && begun.held && position > 0) { done(); return; }
    await new Promise(done => setTimeout(done, answer?.status === 200 ? 110 : 400));
  }
}

const clock = seconds => `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function hold() {
  if (!begun?.held || over) return;
  if (!held) playedS = playedMs() / 1000; else sinceMs = performance.now();
  held = !held;
  $("hold").classList.toggle("busy", held);
}

// --- marks ----------------------------------------------------------------------------------------------------------
async function mark(vehicle, direction, button) {
  button?.classList.add("hit");
  setTimeout(() => button?.classList.remove("hit"), 150);
  try {
    ({ marks } = await ask("mark", { time_s: position, line: line.id, direction, vehicle }));
    $("said").textContent = `${marks} · + ${NAMES[vehicle]} → ${direction}`;
    $("notice").hidden = true;
  } catch (error) { trouble(error); }
}

async function undo() {
  ({ marks } = await ask("unmark", {}));
  $("said").textContent = `${marks} · batal / taken back`;
}

async function done() {
  if (over) return;
  over = true;
  document.querySelector("main").hidden = true;
  $("result").hidden = false;
  try {
    await ask("counted", { seconds: position });
    for (;;) {
      const result = await ask("result");
      if (result.ready) { tell(result); return; }
      await new Promise(next => setTimeout(next, 700));
    }
  } catch (error) { trouble(error); }
}

function tell(result) {
  $("counting").hidden = true;
  $("rows").hidden = false;
  $("rows").tBodies[0].replaceChildren(...result.rows.map(row => element("tr", {},
    ...[row.span, NAMES[row.vehicle] ?? row.vehicle, row.hand, row.simpang, row.percent].map(text =>
      element("td", { textContent: text })))));
  $("sentences").replaceChildren(...[...result.sentences, result.files].map(text => element("p", { textContent: text })));
}

$("undo").onclick = () => undo().catch(trouble);
$("hold").onclick = hold;
$("done").onclick = done;
document.onkeydown = event => {
  if (!line || over || event.ctrlKey || event.metaKey || event.altKey) return;
  const kind = CLASSES[event.key.toLowerCase()];
  if (kind && !event.repeat) {
    const way = event.key === event.key.toLowerCase() ? line.right : line.left;
    mark(kind[0], way, document.querySelector(`[data-mark="${kind[0]} ${way}"]`));
  } else if (event.key === "u" || event.key === "Backspace") undo().catch(trouble);
  else if (event.key === " ") { event.preventDefault(); hold(); }
  else if (event.key === "q") done();
  else if (/^[1-9]$/.test(event.key) && begun.lines[event.key - 1]) { choose(begun.lines[event.key - 1]); $("line").value = line.id; }
};
