'use strict';
// What the page shows, and questions about it. tools/tsc/show_page.h describes the data. Nothing here
// touches the document.

// A stage that has a graph: which nodes stand in it, who uses them, and what its neighbours changed.
class StageView {
  constructor(stage, nodes) {
    this.name = stage.name;
    this.doc = stage.doc;
    this.ids = stage.nodes;
    this.has = new Set(stage.nodes);
    this.moved = stage.moved;
    this.nodes = nodes;
    this.added = new Set(); // nodes that were not there before
    this.removed = new Set(); // nodes that the next change takes away
    this.outputs = new Map(); // node -> names of outputs
    for (const [name, id] of stage.outputs) append(this.outputs, id, `output ${name}`);
    for (const [state, id] of stage.updates) append(this.outputs, id, `next ${nodes[state].name}`);
    this.usersOf = null;
  }

  users(id) {
    if (!this.usersOf) {
      this.usersOf = new Map();
      for (const user of this.ids)
        for (const operand of new Set(this.nodes[user].args)) append(this.usersOf, operand, user);
    }
    return this.usersOf.get(id) || [];
  }
}

function append(map, key, value) {
  if (map.has(key)) map.get(key).push(value);
  else map.set(key, [value]);
}

class Model {
  constructor(data) {
    Object.assign(this, data);
    this.views = data.stages.filter((s) => s.nodes).map((s) => new StageView(s, data.nodes));
    for (let i = 1; i < this.views.length; ++i) compare(this.views[i - 1], this.views[i]);
    this.last = this.views[this.views.length - 1];
    this.groupOf = new Map();
    (data.groups || []).forEach((group, g) => group.nodes.forEach((id) => this.groupOf.set(id, g)));
    this.bufferOf = new Map();
    (data.buffers || []).forEach((buffer, b) => {
      if (buffer.node !== undefined) this.bufferOf.set(buffer.node, b);
    });
  }

  view(name) {
    return this.views.find((v) => v.name === name);
  }

  // What stands for the node in another stage, or else the last one from the same line.
  counterpart(id, view) {
    const exact = this.same(id, view);
    return exact === undefined ? this.fromSameLine(id, view).pop() : exact;
  }

  // The node itself, what it became or was, or the value of that name. undefined: none of them.
  same(id, view) {
    if (view.has.has(id)) return id;
    const same = this.moves().get(id);
    const moved = same && same.find((other) => view.has.has(other));
    if (moved !== undefined) return moved;
    const node = this.nodes[id];
    return node.name ? view.ids.find((other) => this.nodes[other].name === node.name) : undefined;
  }

  fromSameLine(id, view) {
    const lines = new Set((this.nodes[id].at || []).map(lineOf));
    if (lines.size === 0) return [];
    return view.ids.filter((other) => (this.nodes[other].at || []).some((at) => lines.has(lineOf(at))));
  }

  // node -> all that it was and became by a change of operands alone
  moves() {
    if (this.movesOf) return this.movesOf;
    this.movesOf = new Map();
    for (const view of this.views)
      for (const [before, after] of view.moved) {
        const all = this.movesOf.get(before) || [before];
        all.push(after);
        this.movesOf.set(before, all).set(after, all);
      }
    return this.movesOf;
  }

  // The steps that compute a node, or that read through it where none does.
  stepsOf(id) {
    if (!this.groups) return [];
    const here = this.counterpart(id, this.last);
    if (here === undefined) return [];
    const groups = new Set();
    const seen = new Set([here]);
    const open = [here];
    while (open.length > 0 && seen.size < 1000) {
      const node = open.pop();
      if (this.groupOf.has(node)) {
        groups.add(this.groupOf.get(node));
        continue;
      }
      if (this.nodes[node].args.length === 0) continue;
      for (const user of this.last.users(node))
        if (!seen.has(user)) {
          seen.add(user);
          open.push(user);
        }
    }
    return [...groups].sort((a, b) => a - b).flatMap((g) => this.groups[g].steps);
  }

  // Nodes of `view` whose name, op, type, attributes or line have `text` in them, the likeliest first.
  search(text, view) {
    const wanted = text.trim().toLowerCase();
    if (wanted === '') return [];
    const ranked = [[], [], [], []];
    for (const id of view.ids) {
      const rank = this.match(id, wanted);
      if (rank < ranked.length) ranked[rank].push(id);
    }
    return ranked.flat();
  }

  match(id, wanted) {
    const node = this.nodes[id];
    const name = (node.name || '').toLowerCase();
    if (name === wanted || `#${id}` === wanted) return 0;
    if (node.op === wanted) return 1;
    if (name.includes(wanted)) return 2;
    const rest = [node.op, node.type, node.attrs || '', ...(node.at || [])];
    return rest.some((text) => text.toLowerCase().includes(wanted)) ? 3 : 4;
  }

  // What a node is called in a sentence.
  called(id) {
    const node = this.nodes[id];
    if (node.kind === 'constant') return `${constantText(node)}`;
    const outputs = this.last.outputs.get(id);
    return node.name || (outputs ? outputs[0] : `${node.op} #${id}`);
  }
}

function compare(before, after) {
  const was = new Set(after.moved.map(([old]) => old));
  const became = new Set(after.moved.map(([, now]) => now));
  for (const id of after.ids) if (!before.has.has(id) && !became.has(id)) after.added.add(id);
  for (const id of before.ids) if (!after.has.has(id) && !was.has(id)) before.removed.add(id);
}

function constantText(node) {
  return (node.attrs || '').replace(/^value=/, '');
}

// "model.tsc:12:7" -> "model.tsc:12"
function lineOf(at) {
  return at.replace(/:\d+$/, '');
}

function shorten(text, most) {
  const letters = Array.from(text);
  return letters.length <= most ? text : letters.slice(0, most - 1).join('') + '…';
}

// Sizes. A number, or an object as show_page.h says.
function sizeText(size) {
  return typeof size === 'number' ? String(size) : size.text;
}

function sizeValue(size, symbols) {
  if (typeof size === 'number') return size;
  const [constant, ...products] = size.sum;
  const atom = (a) => {
    if (typeof a === 'string') return symbols[a];
    return Math.floor(sizeValue(a.over[0], symbols) / sizeValue(a.over[1], symbols));
  };
  return products.reduce((sum, [factor, ...atoms]) => sum + atoms.reduce((p, a) => p * atom(a), factor), constant);
}

function bytesText(bytes) {
  for (const [unit, size] of [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]])
    if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit}`;
  return `${bytes} B`;
}
