// What is drawn over the picture, by touch. Points are parts of the picture (0..1), as in contract/zones.py; y runs down.
const NS = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
export const COLOURS = { line: "#ffd60a", no_parking: "#ff453a", queue: "#0a84ff", entry: "#30d158", exit: "#64d2ff",
  carriageway: "#bf5af2", ignore: "#aeaeb2" };

export class Drawing {
  constructor(svg, told) {
    this.svg = svg;
    this.told = told;          // {changed(), selected()}
    this.mode = "look";        // look, line, zone, calibration
    this.kind = "no_parking";
    this.grid = true;
    this.horizon = null;
    this.height = 562;
    this.set({});
    svg.addEventListener("pointerdown", event => this.#down(event));
    svg.addEventListener("pointermove", event => this.#move(event));
    svg.addEventListener("pointerup", event => this.#up(event));
    svg.addEventListener("pointercancel", event => this.#up(event));
  }

  set(zones) {
    this.draft = structuredClone({ lines: zones.lines ?? [], zones: zones.zones ?? [] });
    this.points = (zones.calibration?.image ?? []).map((at, i) => ({ at: [...at], metres: [...zones.calibration.metres[i]] }));
    this.open = [];
    this.chosen = null;        // {what: "lines" | "zones", index}
    this.dragged = null;
    this.render();
  }

  // As a zones file has it.
  get zones() {
    const drawn = structuredClone(this.draft);
    if (this.points.length)
      drawn.calibration = { image: this.points.map(p => p.at), metres: this.points.map(p => p.metres) };
    return drawn;
  }

  get item() { return this.chosen && this.draft[this.chosen.what][this.chosen.index]; }

  shape(aspect) {
    this.height = WIDTH * aspect;
    this.render();
  }

  use(mode) {
    this.mode = mode;
    this.open = [];
    this.svg.classList.toggle("drawing", mode !== "look");
    this.render();
  }

  choose(what, index) {
    this.chosen = what === null ? null : { what, index };
    this.render();
    this.told.selected();
  }

  remove() {
    if (!this.chosen) return;
    this.draft[this.chosen.what].splice(this.chosen.index, 1);
    this.choose(null);
    this.told.changed();
  }

  close() {
    if (this.open.length < 3) return false;
    const polygon = this.open;
    const zone = { kind: this.kind, id: this.#name("zona", this.draft.zones), polygon };
    this.draft.zones.push(zone);
    this.use("look");
    this.choose("zones", this.draft.zones.length - 1);
    this.told.changed();
    return true;
  }

  #name(stem, among) {
    let number = 1;
    while (among.some(one => one.id === `${stem}-${number}`)) number += 1;
    return `${stem}-${number}`;
  }

  #at(event) {
    const box = this.svg.getBoundingClientRect();
    const part = (value, size) => Math.round(Math.min(1, Math.max(0, value / size)) * 1e4) / 1e4;
    return [part(event.clientX - box.left, box.width), part(event.clientY - box.top, box.height)];
  }

  #down(event) {
    const at = this.#at(event);
    const handle = event.target.dataset?.handle;
    if (handle) {
      this.dragged = this.#handles()[Number(handle)];
    } else if (this.mode === "line") {
      const line = { id: this.#name("garis", this.draft.lines), a: at, b: at, right: "masuk", left: "keluar" };
      this.draft.lines.push(line);
      this.chosen = { what: "lines", index: this.draft.lines.length - 1 };
      this.dragged = { put: to => { line.b = to; }, fresh: line };
    } else if (this.mode === "zone") {
      this.open.push(at);
      this.dragged = { put: to => { this.open[this.open.length - 1] = to; } };
    } else if (this.mode === "calibration") {
      const point = { at, metres: [0, 0] };
      this.points.push(point);
      this.dragged = { put: to => { point.at = to; }, point };
    } else {
      const { what, index } = event.target.dataset ?? {};
      this.choose(what ?? null, Number(index));
      return;
    }
    this.svg.setPointerCapture(event.pointerId);
    event.preventDefault();
    this.render();
  }

  #move(event) {
    if (!this.dragged) return;
    this.dragged.put(this.#at(event));
    this.render();
  }

  #up() {
    const { fresh } = this.dragged ?? {};
    if (!this.dragged) return;
    this.dragged = null;
    if (fresh && Math.hypot(fresh.b[0] - fresh.a[0], fresh.b[1] - fresh.a[1]) < 0.02) {
      this.draft.lines.pop();  // A touch, not a stroke.
      this.choose(null);
      return;
    }
    if (fresh) {
      this.use("look");
      this.told.selected();
    }
    this.told.changed();
    this.render();
  }

  // What can be dragged now: the ends or corners of what is chosen, and calibration points while they are being set.
  #handles() {
    if (this.mode === "calibration") return this.points.map(p => ({ at: p.at, put: to => { p.at = to; } }));
    if (this.mode === "zone") return this.open.map((at, i) => ({ at, put: to => { this.open[i] = to; } }));
    const item = this.item;
    if (!item) return [];
    if (item.polygon) return item.polygon.map((at, i) => ({ at, put: to => { item.polygon[i] = to; } }));
    return ["a", "b"].map(end => ({ at: item[end], put: to => { item[end] = to; } }));
  }

  render() {
    this.svg.setAttribute("viewBox", `0 0 ${WIDTH} ${this.height}`);
    this.svg.replaceChildren();
    if (this.grid) this.#grid();
    this.draft.zones.forEach((zone, i) => this.#zone(zone, i));
    this.draft.lines.forEach((line, i) => this.#line(line, i));
    if (this.open.length) this.#add("polyline", { points: this.#points(this.open), fill: "none", stroke: COLOURS[this.kind],
      "stroke-width": 5 });
    if (this.mode === "calibration") this.points.forEach((p, i) => this.#label(p.at, String(i + 1), 0, -26));
    this.#handles().forEach((one, i) => {
      const [x, y] = this.#xy(one.at);
      this.#add("circle", { cx: x, cy: y, r: 11, fill: "#fff", stroke: "#000", "stroke-width": 3 });
      this.#add("circle", { cx: x, cy: y, r: 44, fill: "transparent", "data-handle": i });
    });
  }

  #grid() {
    for (const part of [1 / 3, 2 / 3]) {
      const x = part * WIDTH, y = part * this.height;
      this.#add("path", { d: `M${x} 0V${this.height}M0 ${y}H${WIDTH}`, stroke: "#fff", "stroke-opacity": .55, "stroke-width": 2 });
    }
    if (this.horizon) {
      const [[, left], [, right]] = this.horizon;
      this.#add("line", { x1: 0, y1: left * this.height, x2: WIDTH, y2: right * this.height, stroke: "#ff9f0a",
        "stroke-width": 4, "stroke-dasharray": "18 10" });
    }
  }

  #zone(zone, index) {
    const chosen = this.chosen?.what === "zones" && this.chosen.index === index;
    const colour = COLOURS[zone.kind] ?? "#fff";
    this.#add("polygon", { points: this.#points(zone.polygon), fill: colour, "fill-opacity": chosen ? .38 : .2, stroke: colour,
      "stroke-width": chosen ? 6 : 3, "data-what": "zones", "data-index": index });
    this.#label(zone.polygon[0], zone.id, 6, -8);
  }

  #line(line, index) {
    const chosen = this.chosen?.what === "lines" && this.chosen.index === index;
    const [ax, ay] = this.#xy(line.a), [bx, by] = this.#xy(line.b);
    const ends = { x1: ax, y1: ay, x2: bx, y2: by };
    this.#add("line", { ...ends, stroke: "#000", "stroke-width": chosen ? 13 : 9, "stroke-opacity": .6 });
    this.#add("line", { ...ends, stroke: COLOURS.line, "stroke-width": chosen ? 8 : 5 });
    this.#add("line", { ...ends, stroke: "transparent", "stroke-width": 60, "data-what": "lines", "data-index": index });
    const length = Math.hypot(bx - ax, by - ay) || 1;
    const nx = -(by - ay) / length, ny = (bx - ax) / length;  // to the right of the walk a -> b
    const mx = (ax + bx) / 2, my = (ay + by) / 2;
    const tip = [mx + nx * 62, my + ny * 62], wide = [(bx - ax) / length * 16, (by - ay) / length * 16];
    this.#add("path", { d: `M${mx} ${my}L${tip[0]} ${tip[1]}M${tip[0] - nx * 20 + wide[0]} ${tip[1] - ny * 20 + wide[1]}` +
      `L${tip[0]} ${tip[1]}L${tip[0] - nx * 20 - wide[0]} ${tip[1] - ny * 20 - wide[1]}`, stroke: COLOURS.line,
      "stroke-width": 5, fill: "none" });
    this.#text(mx + nx * 92, my + ny * 92, line.right);
    this.#text(mx - nx * 40, my - ny * 40, line.left);
    this.#label(line.a, line.id, 8, -14);
  }

  #label(at, text, dx, dy) {
    const [x, y] = this.#xy(at);
    this.#text(x + dx, y + dy, text, "start");
  }

  #text(x, y, text, anchor = "middle") {
    const inside = Math.min(WIDTH - 20, Math.max(20, x)), below = Math.min(this.height - 8, Math.max(28, y));
    const said = this.#add("text", { x: inside, y: below, "text-anchor": anchor, "font-size": 30, "font-weight": 600,
      fill: "#fff", stroke: "#000", "stroke-width": 6, "paint-order": "stroke", "pointer-events": "none" });
    said.textContent = text;
  }

  #xy([x, y]) { return [x * WIDTH, y * this.height]; }

  #points(points) { return points.map(p => this.#xy(p).join(",")).join(" "); }

  #add(name, attributes) {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    this.svg.append(made);
    return made;
  }
}
