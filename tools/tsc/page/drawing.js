// One stage's graph as SVG: what is drawn, moving about in it, and what is marked.

const svgSpace = 'http://www.w3.org/2000/svg';
const mostDrawn = 2500; // more nodes than this: only the surroundings of one are drawn
const surroundings = 300;

// Elements. Text becomes text nodes, never markup.
function make(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function makeSvg(tag, attributes, ...children) {
  return fill(document.createElementNS(svgSpace, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === 'on') for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children.flat(Infinity))
    if (child !== undefined && child !== null)
      element.appendChild(typeof child === 'object' ? child : document.createTextNode(String(child)));
  return element;
}

function button(text, act, attributes) {
  return make('button', {type: 'button', on: {click: act}, ...attributes}, text);
}

// What stands in a node's box: [{text, style}].
function labelOf(node, outputs) {
  const lines = [];
  const name = node.name ? shorten(node.name, 26) : '';
  if (node.kind === 'input') lines.push({text: name, style: 'title'});
  else if (node.kind === 'constant') lines.push({text: shorten(constantText(node), 26), style: 'title'});
  else lines.push({text: name ? `${node.op}  ${name}` : node.op, style: 'title'});
  if (node.attrs && node.kind !== 'constant') lines.push({text: shorten(node.attrs, 30), style: 'attrs'});
  lines.push({text: (node.kind === 'input' ? node.op + ' ' : '') + shorten(node.type, 30), style: 'type'});
  if (node.at) lines.push({text: shortPlace(node.at[0]), style: 'at'});
  for (const output of outputs || []) lines.push({text: '→ ' + shorten(output, 26), style: 'output'});
  return lines;
}

// "a/long/path/model.tsc:12:7" -> "model.tsc:12"
function shortPlace(at) {
  return shorten(lineOf(at).replace(/^.*\//, ''), 30);
}

const letter = 7.3; // width of one, 12 pixels high
const lineHeight = 15;

function boxOf(lines) {
  const longest = lines.reduce((most, line) => Math.max(most, Array.from(line.text).length), 0);
  return {w: Math.max(56, longest * letter + 18), h: lines.length * lineHeight + 9};
}

class Drawing {
  // `pick(id)` is called when the user chooses a node; `choice()` says which one is chosen.
  constructor(host, model, pick) {
    this.model = model;
    this.pick = pick;
    this.svg = makeSvg('svg', {class: 'graph', tabindex: 0, role: 'group', 'aria-label': 'The graph. Arrow keys go from node to node.'});
    this.scene = makeSvg('g', {});
    this.svg.appendChild(this.scene);
    this.note = make('p', {class: 'note', hidden: true});
    host.append(this.note, this.svg);
    this.transform = {x: 0, y: 0, k: 1};
    this.marked = [];
    this.listen();
  }

  show(view, chosen) {
    this.view = view;
    this.ids = this.drawnOf(view, chosen);
    this.elements = new Map();
    this.edges = new Map(); // node -> its edges
    this.lay();
    this.scene.replaceChildren();
    this.drawClusters();
    this.drawEdges();
    this.drawNodes();
    this.begin(0.7);
  }

  // All nodes, or those nearest to the chosen one (else to the results).
  drawnOf(view, chosen) {
    const all = view.ids.length;
    this.note.hidden = all <= mostDrawn;
    if (all <= mostDrawn) return view.ids;
    const starts = chosen !== undefined && view.has.has(chosen) ? [chosen] : [...view.outputs.keys()].slice(0, 5);
    const seen = new Set(starts.length > 0 ? starts : view.ids.slice(-1));
    for (const id of seen) {
      if (seen.size >= surroundings) break;
      for (const next of [...this.model.nodes[id].args, ...view.users(id).slice(0, 20)])
        if (seen.size < surroundings) seen.add(next);
    }
    const about = chosen !== undefined ? this.model.called(chosen) : 'the results';
    this.note.textContent =
      `This graph has ${all} nodes: drawn are the ${seen.size} nearest to ${shorten(about, 40)}. ` +
      'Find another one above, or double-click a node to go on from there.';
    return view.ids.filter((id) => seen.has(id));
  }

  lay() {
    const {nodes} = this.model;
    this.labels = this.ids.map((id) => labelOf(nodes[id], this.view.outputs.get(id)));
    this.boxes = this.labels.map(boxOf);
    this.indexOf = new Map(this.ids.map((id, i) => [id, i]));
    this.links = [];
    this.ports = [];
    this.ids.forEach((id, i) =>
      nodes[id].args.forEach((arg, k) => {
        if (!this.indexOf.has(arg)) return;
        this.links.push([this.indexOf.get(arg), i]);
        this.ports.push((k + 1) / (nodes[id].args.length + 1));
      }));
    const fused = this.view === this.model.last && this.model.groups;
    this.layout = fused
      ? clustered(this.boxes, this.links, this.ids.map((id) => this.groupToDraw(id)))
      : {...layered(this.boxes, this.links), clusters: []};
  }

  // A view or constant that only one group reads is drawn in it.
  groupToDraw(id) {
    const {groupOf, nodes} = this.model;
    if (groupOf.has(id)) return groupOf.get(id);
    if (!['view', 'constant', 'index'].includes(nodes[id].kind)) return undefined;
    const users = new Set(this.view.users(id).map((user) => groupOf.get(user)));
    return users.size === 1 ? [...users][0] : undefined;
  }

  drawClusters() {
    for (const {cluster, x, y, w, h} of this.layout.clusters) {
      const steps = this.model.groups[cluster].steps.map((s) => this.model.steps[s].name);
      this.scene.appendChild(
        makeSvg('g', {class: `cluster hue${cluster % 6}`, 'data-group': cluster},
          makeSvg('rect', {x, y, width: w, height: h, rx: 8}),
          makeSvg('text', {x: x + 10, y: y + 17}, steps.join(', '))));
    }
  }

  drawEdges() {
    this.links.forEach(([from, to], e) => {
      const path = makeSvg('path', {class: 'edge', d: this.pathOf(from, to, e)});
      append(this.edges, this.ids[from], {path, to: this.ids[to]});
      append(this.edges, this.ids[to], {path, from: this.ids[from]});
      this.scene.appendChild(path);
    });
  }

  pathOf(from, to, e) {
    const {at, routes, bands} = this.layout;
    const start = {x: at[from].x + this.boxes[from].w / 2, y: at[from].y + this.boxes[from].h};
    const end = {x: at[to].x + this.boxes[to].w * this.ports[e], y: at[to].y};
    let path = `M${round(start.x)} ${round(start.y)}`;
    let last = start;
    // Straight past the boxes beside its ends, then on its way.
    const points = [...routes[e], end];
    if (bands[e].from > start.y + 4) points.unshift({x: start.x, y: bands[e].from});
    if (bands[e].to < end.y - 4) points.splice(-1, 0, {x: end.x, y: bands[e].to});
    for (const point of points) {
      const middle = (last.y + point.y) / 2;
      path += Math.abs(last.x - point.x) < 0.5
        ? `L${round(point.x)} ${round(point.y)}`
        : `C${round(last.x)} ${round(middle)} ${round(point.x)} ${round(middle)} ${round(point.x)} ${round(point.y)}`;
      last = point;
    }
    return path;
  }

  drawNodes() {
    const {nodes} = this.model;
    this.ids.forEach((id, i) => {
      const node = nodes[id];
      const {w, h} = this.boxes[i];
      const {x, y} = this.layout.at[i];
      const change = this.view.added.has(id) ? ' added' : this.view.removed.has(id) ? ' removed' : '';
      const leaf = ['input', 'constant', 'index'].includes(node.kind);
      const texts = this.labels[i].map(({text, style}, line) =>
        makeSvg('text', {class: style, x: w / 2, y: 16 + line * lineHeight}, text));
      const element = makeSvg('g', {
        class: `node ${node.kind}${change}${this.view.outputs.has(id) ? ' result' : ''}`,
        transform: `translate(${round(x)} ${round(y)})`,
        'data-node': id, tabindex: -1, role: 'button',
        'aria-label': this.labels[i].map((line) => line.text).join(', '),
      }, makeSvg('rect', {width: round(w), height: h, rx: leaf ? 2 : 9}), texts);
      this.elements.set(id, element);
      this.scene.appendChild(element);
    });
  }

  // ---- What is marked

  mark(chosen, others) {
    for (const element of this.marked) element.classList.remove('chosen', 'operand', 'user', 'mate', 'in', 'out');
    this.marked = [];
    const add = (element, style) => {
      if (!element) return;
      element.classList.add(style);
      this.marked.push(element);
    };
    for (const id of others) add(this.elements.get(id), 'mate');
    if (chosen === undefined) return;
    add(this.elements.get(chosen), 'chosen');
    for (const {path, from, to} of this.edges.get(chosen) || []) {
      add(path, from === undefined ? 'out' : 'in');
      add(this.elements.get(from === undefined ? to : from), from === undefined ? 'user' : 'operand');
    }
  }

  // Brings a node into sight, drawing its surroundings where it is not drawn.
  reveal(id) {
    if (!this.elements.has(id)) this.show(this.view, id);
    const i = this.indexOf.get(id);
    if (i === undefined) return;
    const {width, height} = this.size();
    const k = Math.max(this.transform.k, 0.7);
    const x = width / 2 - k * (this.layout.at[i].x + this.boxes[i].w / 2);
    const y = height / 2 - k * (this.layout.at[i].y + this.boxes[i].h / 2);
    const here = this.transform;
    const seen = (at, size, offset, most) => here.k * at + offset >= 0 && here.k * (at + size) + offset <= most;
    const visible = here.k >= 0.5 && seen(this.layout.at[i].x, this.boxes[i].w, here.x, width) &&
      seen(this.layout.at[i].y, this.boxes[i].h, here.y, height);
    if (!visible) this.moveTo({x, y, k});
  }

  // ---- Moving about

  size() {
    const {clientWidth, clientHeight} = this.svg;
    return {width: clientWidth || 900, height: clientHeight || 600};
  }

  // All of it.
  fit() {
    this.begin(0.02);
  }

  // All of it, or its beginning where all would be smaller than `least`.
  begin(least) {
    if (!this.view) return;
    const {width, height} = this.size();
    const {w, h} = this.layout;
    const k = Math.max(least, Math.min(1.2, (width - 40) / w, (height - 40) / h));
    const x = k * w <= width ? (width - k * w) / 2 : width / 2 - k * this.middle(height / k);
    this.moveTo({x, y: Math.max(20, (height - k * h) / 2), k});
  }

  // Where the nodes stand, on average, that begin within the first `h`.
  middle(h) {
    const seen = this.ids.map((_, i) => i).filter((i) => this.layout.at[i].y < h);
    const sum = seen.reduce((total, i) => total + this.layout.at[i].x + this.boxes[i].w / 2, 0);
    return seen.length > 0 ? sum / seen.length : 0;
  }

  moveTo({x, y, k}) {
    this.transform = {x, y, k};
    this.scene.setAttribute('transform', `translate(${round(x)} ${round(y)}) scale(${k.toFixed(4)})`);
    this.svg.classList.toggle('far', k < 0.35);
  }

  zoom(factor, x, y) {
    const {width, height} = this.size();
    const center = {x: x === undefined ? width / 2 : x, y: y === undefined ? height / 2 : y};
    const old = this.transform;
    const k = Math.min(4, Math.max(0.02, old.k * factor));
    const move = (offset, at) => at - ((at - offset) * k) / old.k;
    this.moveTo({x: move(old.x, center.x), y: move(old.y, center.y), k});
  }

  pan(dx, dy) {
    const {x, y, k} = this.transform;
    this.moveTo({x: x + dx, y: y + dy, k});
  }

  listen() {
    let from = null;
    this.svg.addEventListener('wheel', (event) => {
      event.preventDefault();
      const box = this.svg.getBoundingClientRect();
      const lines = event.deltaMode === 1 ? 30 : 1;
      this.zoom(Math.exp(-event.deltaY * lines * 0.0015), event.clientX - box.left, event.clientY - box.top);
    }, {passive: false});
    this.svg.addEventListener('pointerdown', (event) => {
      if (event.button === 0) from = {x: event.clientX, y: event.clientY, moved: false};
    });
    this.svg.addEventListener('pointermove', (event) => {
      if (!from) return;
      const dx = event.clientX - from.x;
      const dy = event.clientY - from.y;
      if (!from.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
      if (!from.moved) this.svg.setPointerCapture(event.pointerId);
      this.svg.classList.add('dragged');
      from = {x: event.clientX, y: event.clientY, moved: true};
      this.pan(dx, dy);
    });
    const end = () => {
      this.dragged = from !== null && from.moved;
      from = null;
      this.svg.classList.remove('dragged');
    };
    this.svg.addEventListener('pointerup', end);
    this.svg.addEventListener('pointercancel', end);
    this.svg.addEventListener('click', (event) => {
      if (this.dragged) return;
      this.pick(this.nodeAt(event));
    });
    this.svg.addEventListener('dblclick', (event) => {
      const id = this.nodeAt(event);
      if (id === undefined || this.note.hidden) return;
      this.show(this.view, id);
      this.pick(id);
    });
  }

  nodeAt(event) {
    const element = event.target.closest('.node');
    return element ? Number(element.getAttribute('data-node')) : undefined;
  }

  // The node that an arrow key leads to: an operand, a user, or the next in the same rank.
  towards(id, key) {
    const drawn = (ids) => ids.filter((other) => this.elements.has(other));
    if (id === undefined || !this.elements.has(id)) return this.ids[0];
    if (key === 'ArrowUp') return drawn(this.model.nodes[id].args)[0];
    if (key === 'ArrowDown') return drawn(this.view.users(id))[0];
    const place = (other) => this.layout.at[this.indexOf.get(other)];
    const row = this.ids.filter((other) => Math.abs(place(other).y - place(id).y) < 30);
    row.sort((a, b) => place(a).x - place(b).x);
    return row[row.indexOf(id) + (key === 'ArrowRight' ? 1 : -1)];
  }
}

function round(number) {
  return Math.round(number * 10) / 10;
}
