// The fields of what is chosen. The server decides what is valid (contract/zones.py); here only what there is to fill in.
export const KINDS = { no_parking: "dilarang parkir / no parking", queue: "antrean / queue", entry: "masuk simpang / entry",
  exit: "keluar simpang / exit", carriageway: "badan jalan / carriageway", ignore: "abaikan / ignore" };
const DAYS = { mon: "Sen", tue: "Sel", wed: "Rab", thu: "Kam", fri: "Jum", sat: "Sab", sun: "Min" };
const CLASSES = { motorcycle: "motor", car: "mobil", angkot: "angkot", bus: "bus", truck: "truk", bicycle: "sepeda" };

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export const both = (id, en) => [id, element("small", { textContent: en })];

// Puts the fields of `item` into `place`; `changed` is called after each change. `kinded` after a change of kind.
export function fill(place, item, changed, kinded) {
  place.replaceChildren();
  if (!item) return;
  const text = (id, en, key, optional) => place.append(field(id, en, element("input", {
    value: item[key] ?? "", autocapitalize: "none", spellcheck: false, maxLength: 40, name: key,
    oninput: event => { put(item, key, event.target.value.trim(), optional); changed(); } })));
  text("Nama", "name", "id");
  if (item.polygon) {
    const kind = element("select", { name: "kind", onchange: event => { turn(item, event.target.value); kinded(); changed(); } });
    for (const [value, label] of Object.entries(KINDS)) kind.append(new Option(label, value, false, value === item.kind));
    place.append(field("Jenis", "kind", kind));
  } else {
    text("Arah panah", "the way of the arrow", "right");
    text("Arah sebaliknya", "the other way", "left");
  }
  if (item.kind === "no_parking") parking(place, item, changed);
  else text("Pendekat (boleh kosong)", "approach, may be empty", "approach", true);
}

function parking(place, item, changed) {
  place.append(
    field("Tenggang, detik", "grace, seconds", element("input", { type: "number", inputMode: "numeric", min: 0, name: "grace_s",
      value: item.grace_s ?? 180, oninput: event => { item.grace_s = event.target.valueAsNumber; changed(); } })),
    field("Jam, kosong = selalu", "hours, empty = always", element("input", { placeholder: "06:00-20:00", name: "hours",
      value: (item.hours ?? []).join(", "), oninput: event => {
        item.hours = event.target.value.split(",").map(part => part.trim()).filter(Boolean); changed(); } })),
    field("Hari, kosong = semua", "days, none = all", choices(item, "days", DAYS, changed)),
    field("Boleh berhenti", "may stand here", choices(item, "exempt", CLASSES, changed)));
}

function choices(item, key, names, changed) {
  const box = element("div", { className: "days" });
  for (const [value, label] of Object.entries(names)) {
    const tick = element("input", { type: "checkbox", checked: (item[key] ?? []).includes(value), onchange: event => {
      const kept = new Set(item[key] ?? []);
      if (event.target.checked) kept.add(value); else kept.delete(value);
      item[key] = Object.keys(names).filter(one => kept.has(one)); changed(); } });
    box.append(element("label", {}, tick, label));
  }
  return box;
}

// Another kind has other fields.
function turn(item, kind) {
  item.kind = kind;
  for (const key of kind === "no_parking" ? ["approach"] : ["grace_s", "hours", "days", "exempt"]) delete item[key];
}

function put(item, key, value, optional) {
  if (optional && !value) delete item[key]; else item[key] = value;
}

function field(id, en, input) {
  const name = element("span", {}, ...both(id, en));
  return input.tagName === "DIV" ? element("div", { className: "field" }, name, input) : element("label", {}, name, input);
}

// One row a calibration point: its number, metres to the right, metres away, and a way to be rid of it.
export function rows(place, points, changed, removed) {
  place.replaceChildren(...points.map((point, i) => element("div", { className: "point" },
    element("b", { textContent: i + 1 }), metre(point, 0, "x, m", changed), metre(point, 1, "y, m", changed),
    element("button", { type: "button", textContent: "×", ariaLabel: "hapus / remove", onclick: () => removed(i) }))));
}

function metre(point, axis, name, changed) {
  return element("input", { type: "number", step: "0.1", inputMode: "decimal", placeholder: name, ariaLabel: name,
    value: point.metres[axis], oninput: event => { point.metres[axis] = event.target.valueAsNumber || 0; changed(); } });
}
