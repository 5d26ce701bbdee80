// One picture at a time; the keyboard does everything, since a person corrects hundreds of pictures an hour.
"use strict";
const KINDS = [
  ["motorcycle", "sepeda motor", "#ffd166"], ["car", "mobil", "#5eb0ef"], ["angkot", "angkot", "#35c48d"],
  ["bus", "bus", "#b79bff"], ["truck", "truk", "#ff9f6b"], ["bicycle", "sepeda", "#f78fb3"],
  ["person", "orang", "#dfe7f5"],
];
const IGNORED = [null, "abaikan", "#7a879d"];
const canvas = document.getElementById("canvas"), pen = canvas.getContext("2d");
const picture = new Image();
let shown = null, chosen = -1, kind = "car", undo = [], drag = null, since = 0;

const look = (name) => KINDS.find((one) => one[0] === name) || IGNORED;
const say = (text) => { document.getElementById("fault").textContent = text; };

async function open(number) {
  const answer = await fetch(`/api/pictures/${number}`);
  if (!answer.ok) return;
  shown = await answer.json();
  chosen = shown.boxes.length ? 0 : -1; undo = []; since = performance.now(); say("");
  picture.onload = draw;
  picture.src = `/api/pictures/${number}/image`;
  draw();
}

async function save() {
  const seconds = Math.min(3600, (performance.now() - since) / 1000);
  const answer = await fetch(`/api/pictures/${shown.number}`, {
    method: "PUT", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ boxes: shown.boxes, seconds }),
  });
  if (!answer.ok) { say(`Tidak tersimpan / not saved: ${await answer.text()}`); return; }
  shown = await answer.json();
  if (shown.number + 1 < shown.of) open(shown.number + 1); else { since = performance.now(); draw(); }
}

function draw() {
  if (!shown) return;
  canvas.width = shown.width; canvas.height = shown.height;
  if (picture.complete && picture.naturalWidth) pen.drawImage(picture, 0, 0);
  shown.boxes.forEach((one, place) => {
    const [, word, colour] = look(one.kind), [x0, y0, x1, y1] = one.box, on = place === chosen;
    pen.strokeStyle = colour; pen.lineWidth = on ? 3 : 1.4; pen.setLineDash(one.kind ? [] : [5, 4]);
    pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
    if (on) { pen.font = "13px sans-serif"; pen.fillStyle = colour; pen.fillText(word, x0, Math.max(y0 - 4, 11)); }
  });
  if (drag) { pen.setLineDash([]); pen.strokeStyle = look(kind)[2]; pen.strokeRect(...corner(drag)); }
  words();
}

const corner = ([x0, y0, x1, y1]) => [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)];

function words() {
  const state = document.getElementById("state");
  state.textContent = `Gambar ${shown.number + 1} / ${shown.of} · ${shown.checked ? "sudah" : "belum"} diperiksa`;
  state.className = shown.checked ? "checked" : "";
  document.getElementById("file").textContent = `${shown.file} · ${shown.reviewed} diperiksa, ${shown.minutes} menit`;
  document.querySelector("#bar i").style.width = `${100 * shown.reviewed / shown.of}%`;
  const list = document.getElementById("kinds");
  list.replaceChildren(...[...KINDS, IGNORED].map(([name, word, colour], place) => {
    const button = document.createElement("button"), key = document.createElement("b");
    const count = shown.boxes.filter((one) => one.kind === name).length;
    key.textContent = place < KINDS.length ? place + 1 : 0;
    button.append(key, `${word} (${count})`);
    button.style.setProperty("--kind", colour);
    button.className = (chosen >= 0 ? shown.boxes[chosen].kind : kind) === name ? "on" : "";
    button.onclick = () => { name_it(name); draw(); };
    return button;
  }));
}

function remember() { undo.push(JSON.stringify([shown.boxes, chosen])); }

function name_it(name) {
  kind = name;
  if (chosen >= 0) { remember(); shown.boxes[chosen].kind = name; }
}

function remove() {
  if (chosen < 0) return;
  remember();
  shown.boxes.splice(chosen, 1);
  chosen = Math.min(chosen, shown.boxes.length - 1);
}

function nudge(dx, dy, size) {
  if (chosen < 0) return;
  remember();
  const box = shown.boxes[chosen].box;
  if (!size) { box[0] += dx; box[1] += dy; }
  box[2] += dx; box[3] += dy;
  for (const place of [0, 1, 2, 3]) box[place] = Math.max(0, Math.min(box[place], place % 2 ? shown.height : shown.width));
}

const MOVES = { w: [0, -2], s: [0, 2], a: [-2, 0], d: [2, 0] };

document.addEventListener("keydown", (event) => {
  if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Enter") save();
  else if (key === "ArrowRight") open(shown.number + 1);
  else if (key === "ArrowLeft") open(shown.number - 1);
  else if (key === "Tab" && shown.boxes.length) chosen = (chosen + (event.shiftKey ? -1 : 1) + shown.boxes.length) % shown.boxes.length;
  else if (key === "Delete" || key === "Backspace" || key === "x") remove();
  else if (key >= "0" && key <= "7") name_it(key === "0" ? null : KINDS[key - 1][0]);
  else if (key === "z" && undo.length) [shown.boxes, chosen] = JSON.parse(undo.pop());
  else if (MOVES[key]) nudge(...MOVES[key], event.shiftKey);
  else return;
  event.preventDefault();
  draw();
});

function place(event) {
  const frame = canvas.getBoundingClientRect(), scale = shown.width / frame.width;
  return [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
}

canvas.addEventListener("pointerdown", (event) => {
  const [x, y] = place(event);
  drag = [x, y, x, y];
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointermove", (event) => {
  if (!drag) return;
  [drag[2], drag[3]] = place(event);
  draw();
});
canvas.addEventListener("pointerup", () => {
  const [x, y, wide, high] = corner(drag);
  if (wide > 4 && high > 4) {
    remember();
    const limit = (value, most) => Math.max(0, Math.min(value, most));
    shown.boxes.push({ box: [limit(x, shown.width), limit(y, shown.height), limit(x + wide, shown.width), limit(y + high, shown.height)], kind });
    chosen = shown.boxes.length - 1;
  } else {
    // A click chooses the smallest box under it.
    const under = shown.boxes.map((one, at) => [one.box, at]).filter(([b]) => b[0] <= x && x <= b[2] && b[1] <= y && y <= b[3]);
    under.sort(([a], [b]) => (a[2] - a[0]) * (a[3] - a[1]) - (b[2] - b[0]) * (b[3] - b[1]));
    if (under.length) chosen = under[0][1];
  }
  drag = null;
  draw();
});
open(0);
