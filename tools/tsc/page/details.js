// The panel beside the graph: what is known of the chosen node, with ways to what belongs to it.

class Details {
  // `go` has the ways out: node(id), stage(name, id), kernel(step), line(at).
  constructor(host, model, go) {
    this.host = host;
    this.model = model;
    this.go = go;
  }

  show(id, view) {
    if (id === undefined) return this.host.replaceChildren(...this.overview());
    const node = this.model.nodes[id];
    this.host.replaceChildren(
      make('h2', {}, node.kind === 'constant' ? 'constant' : node.name || node.op),
      make('p', {class: 'doc'}, `${node.op}: ${this.model.ops[node.op]}`),
      facts([
        ['Type', node.type],
        ['Attributes', node.attrs],
        ['Number', `#${id}`],
        ['Output', (view.outputs.get(id) || []).join(', ') || undefined],
        ['Change', this.change(id, view)],
      ]),
      ...this.list('Line', (node.at || []).map((at) => this.lineButton(at))),
      ...this.list('Operands', node.args.map((arg) => this.nodeButton(arg))),
      ...this.list('Users', this.users(id, view)),
      ...this.list('Computed by', this.model.stepsOf(id).map((step) => this.kernelButton(step))),
      ...this.list('Memory', this.memory(id)),
      ...this.list('In other stages', this.elsewhere(id, view)));
  }

  overview() {
    const {model} = this;
    const inputs = model.views[0].ids.filter((id) => model.nodes[id].kind === 'input');
    return [
      make('h2', {}, shorten(model.file, 60)),
      make('p', {class: 'doc'}, 'Choose a node to see what it is, who uses it, and which kernel computes it.'),
      ...this.list('Arguments and states', inputs.slice(0, 50).map((id) => this.nodeButton(id))),
      ...this.list('Results', this.results().slice(0, 50)),
      ...this.list('Checked at each call', (model.checks || []).slice(0, 50).map((text) => make('span', {}, text))),
    ];
  }

  results() {
    return [...this.model.views[0].outputs].flatMap(([id, names]) =>
      names.map((name) => button(shorten(name, 40), () => this.go.node(id))));
  }

  change(id, view) {
    const next = this.model.views[this.model.views.indexOf(view) + 1];
    if (view.added.has(id)) return `new: ${view.name} made it`;
    if (view.removed.has(id) && next) return `${next.name} takes it away`;
    return undefined;
  }

  list(title, items) {
    if (items.length === 0) return [];
    return [make('h3', {}, title), make('ul', {}, items.map((item) => make('li', {}, item)))];
  }

  users(id, view) {
    const users = view.has.has(id) ? view.users(id) : [];
    const shown = users.slice(0, 30).map((user) => this.nodeButton(user));
    if (users.length > 30) shown.push(make('span', {}, `and ${users.length - 30} more`));
    return shown;
  }

  memory(id) {
    if (!this.model.buffers) return [];
    const here = this.model.counterpart(id, this.model.last);
    const b = here === undefined ? undefined : this.model.bufferOf.get(here);
    if (b === undefined) return [make('span', {}, 'none: it never leaves its kernel')];
    const buffer = this.model.buffers[b];
    const text = `b${b}, ${buffer.home} ${buffer.index}, ${sizeText(buffer.bytes)} bytes`;
    return [button(text, () => this.go.stage('memory', here))];
  }

  elsewhere(id, view) {
    const items = [];
    for (const other of this.model.views) {
      if (other === view) continue;
      const there = this.model.counterpart(id, other);
      if (there === undefined) continue;
      const text = there === id ? 'the same' : `${this.model.nodes[there].op} ${this.model.nodes[there].name || '#' + there}`;
      items.push(button(`${other.name}: ${shorten(text, 40)}`, () => this.go.stage(other.name, there)));
    }
    return items;
  }

  nodeButton(id) {
    const node = this.model.nodes[id];
    return button([shorten(this.model.called(id), 40), make('small', {}, ' ' + node.type)], () => this.go.node(id));
  }

  kernelButton(step) {
    return button(stepTitle(this.model, step), () => this.go.kernel(step));
  }

  lineButton(at) {
    return this.model.text === undefined
      ? make('span', {}, at)
      : button(at, () => this.go.line(at));
  }
}

function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== undefined);
  return make('dl', {}, known.map(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
}

function stepTitle(model, step) {
  const {name, writes} = model.steps[step];
  const results = writes.map((b) => model.buffers[b].node).filter((id) => id !== undefined);
  const what = results.map((id) => model.called(id)).join(', ');
  return shorten(what ? `${name}: ${what}` : name, 60);
}
