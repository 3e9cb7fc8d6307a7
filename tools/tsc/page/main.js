// The page: stages at the left, what is chosen in the middle, details at the right, and the address.
// What is shown stands behind the '#' of the address: #stage=fuse&find=w1&node=12&kernel=3

class Page {
  constructor(model) {
    this.model = model;
    this.centre = byId('centre');
    const go = {
      node: (id) => this.choose(id),
      stage: (name, id) => this.open(name, id),
      kernel: (step) => this.openKernel(step),
      line: (at) => this.openLine(at),
      noted: () => this.note(),
    };
    this.details = new Details(byId('details'), model, go);
    this.drawingHost = make('div', {class: 'drawing'});
    this.drawing = new Drawing(this.drawingHost, model, (id) => this.choose(id));
    if (model.steps) {
      this.kernels = new Kernels(this.centre, model, go);
      this.memory = new Memory(this.centre, model, (id) => this.choose(id));
    }
    this.found = {text: '', list: [], at: -1};
    this.tabs = this.makeTabs();
    this.listen();
  }

  // ---- Stages

  // {name, title, doc, note, show}, in the order of the flow of data; those without `show` changed nothing.
  stageList() {
    const {model} = this;
    const list = [];
    if (model.text !== undefined)
      list.push({name: 'file', title: 'Graph file', doc: 'what was written', show: () => this.showFile()});
    for (const stage of model.stages) {
      const view = model.view(stage.name);
      const title = {read: 'As read', fuse: 'Fused groups'}[stage.name] || stage.name;
      list.push({name: stage.name, title, doc: stage.doc, ...(view ? this.graphStage(view) : {note: 'no change'})});
    }
    if (!model.steps) return list;
    list.push({name: 'kernels', title: 'Kernels', doc: 'what each step runs', note: counted(model.steps.length, 'step'), show: () => this.kernels.show()});
    list.push({name: 'memory', title: 'Memory', doc: 'who stands where, and when', note: counted(model.slots.length, 'slot'), show: () => this.memory.show(this.counterpart(model.last))});
    list.push({name: 'source', title: 'C++ source', doc: 'the whole program', show: () => this.showText(model.program)});
    return list;
  }

  graphStage(view) {
    const first = view === this.model.views[0];
    const before = this.model.views[this.model.views.indexOf(view) - 1];
    const changed = !first && view.added.size + before.removed.size > 0;
    const change = changed ? `, +${view.added.size} −${before.removed.size}` : '';
    return {view, note: counted(view.ids.length, 'node') + change, show: () => this.showGraph(view)};
  }

  makeTabs() {
    this.stages = this.stageList();
    const tabs = this.stages.map((stage) =>
      button([make('b', {}, stage.title), make('small', {}, stage.note || ''), make('span', {class: 'doc'}, stage.doc)],
        () => this.open(stage.name), {'data-stage': stage.name, disabled: !stage.show}));
    byId('stages').replaceChildren(...tabs);
    return tabs;
  }

  open(name, id) {
    const stage = this.stages.find((s) => s.name === name && s.show);
    if (!stage) return;
    if (id !== undefined) this.chosen = id;
    this.stage = stage;
    this.tabs.forEach((tab, i) => {
      if (this.stages[i] === stage) tab.setAttribute('aria-current', 'page');
      else tab.removeAttribute('aria-current');
    });
    document.body.setAttribute('data-stage', name);
    stage.show();
    this.details.show(this.chosen, this.viewNow());
    this.note();
  }

  step(direction) {
    const open = this.stages.filter((s) => s.show);
    const next = open[open.indexOf(this.stage) + direction];
    if (next) this.open(next.name);
  }

  // The stage whose nodes search and details speak of.
  viewNow() {
    if (this.stage && this.stage.view) return this.stage.view;
    return this.stage && this.stage.name === 'file' ? this.model.views[0] : this.model.last;
  }

  counterpart(view) {
    return this.chosen === undefined ? undefined : this.model.counterpart(this.chosen, view);
  }

  showGraph(view) {
    this.centre.replaceChildren(this.drawingHost);
    const asked = this.chosen;
    this.chosen = this.counterpart(view);
    this.drawing.show(view, this.chosen);
    this.markChosen(asked);
  }

  markChosen(asked) {
    const view = this.viewNow();
    const related = asked === undefined || this.model.same(asked, view) !== undefined ? [] : this.model.fromSameLine(asked, view);
    this.drawing.mark(this.chosen, related);
    if (this.chosen !== undefined) this.drawing.reveal(this.chosen);
    this.drawing.mark(this.chosen, related);
  }

  showText(text) {
    this.centre.replaceChildren(make('pre', {class: 'text', tabindex: 0}, text));
  }

  showFile() {
    const [view] = this.model.views;
    const byLine = new Map();
    for (const id of view.ids)
      for (const at of this.model.nodes[id].at || []) byLine.set(Number(lineOf(at).replace(/^.*:/, '')), id);
    const chosen = new Set(this.chosen === undefined ? [] : (this.model.nodes[this.chosen].at || []).map(lineOf));
    const lines = this.model.text.split('\n').map((text, i) => {
      const id = byLine.get(i + 1);
      const marked = [...chosen].some((at) => at.endsWith(`:${i + 1}`));
      return make('div', {class: marked ? 'line chosen' : 'line', 'data-line': i + 1},
        id === undefined
          ? make('span', {class: 'number'}, i + 1)
          : button(String(i + 1), () => this.open('read', id), {class: 'number', title: 'Show what this line made'}),
        make('code', {}, text));
    });
    this.centre.replaceChildren(make('div', {class: 'listing'}, lines));
    const first = this.centre.querySelector('.chosen');
    if (first) first.scrollIntoView({block: 'center'});
  }

  openLine(at) {
    const node = this.chosen;
    this.open('file', node);
    return at;
  }

  openKernel(step) {
    this.kernels.current = step;
    this.open('kernels');
  }

  // ---- Nodes

  choose(id) {
    this.chosen = id;
    const view = this.viewNow();
    if (this.stage.view) {
      this.drawing.mark(id, []);
      if (id !== undefined) this.drawing.reveal(id);
      this.drawing.mark(id, []);
    } else if (this.stage.name === 'memory') this.memory.show(id);
    this.details.show(id, view);
    this.note();
  }

  find(text, forward) {
    const view = this.viewNow();
    const again = text === this.found.text && view === this.found.view;
    const list = again ? this.found.list : this.model.search(text, view);
    const at = list.length === 0 ? -1 : again ? (this.found.at + forward + list.length) % list.length : 0;
    this.found = {text, view, list, at};
    byId('found').textContent = text.trim() === '' ? '' : list.length === 0 ? 'nothing found' : `${at + 1} of ${list.length}`;
    if (at < 0) return;
    if (!this.stage.view && this.stage.name !== 'memory') this.open(view.name, list[at]);
    else this.choose(list[at]);
  }

  // ---- The address

  note() {
    const {model} = this;
    const parts = [`stage=${this.stage.name}`];
    if (this.found.text.trim()) parts.push(`find=${encodeURIComponent(this.found.text)}`);
    if (this.chosen !== undefined) parts.push(`node=${this.chosen}`);
    if (this.stage.name === 'kernels' && model.steps.length > 0) parts.push(`kernel=${this.kernels.current}`);
    document.body.setAttribute('data-chosen', this.chosen === undefined ? '' : this.chosen);
    this.address = '#' + parts.join('&');
    try {
      window.history.replaceState(null, '', this.address);
    } catch {
      // Some viewers of local files refuse; the page works without.
    }
  }

  follow(address) {
    const asked = new Map(address.replace(/^#/, '').split('&').map((part) => part.split('=')));
    const text = decode(asked.get('find'));
    const node = Number(asked.get('node'));
    const kernel = Number(asked.get('kernel'));
    this.chosen = asked.has('node') && this.model.nodes[node] ? node : undefined;
    if (this.model.steps && this.model.steps[kernel]) this.kernels.current = kernel;
    const first = this.model.views.length > 0 ? 'read' : 'file';
    const known = this.stages.some((s) => s.show && s.name === asked.get('stage'));
    this.open(known ? asked.get('stage') : first);
    byId('query').value = text;
    if (text) this.find(text, 1);
  }

  // ---- Keys and buttons

  listen() {
    byId('file').textContent = shorten(this.model.file, 60);
    document.title = `${this.model.file} - tsc show`;
    byId('search').addEventListener('submit', (event) => {
      event.preventDefault();
      this.find(byId('query').value, 1);
    });
    byId('query').addEventListener('input', () => this.find(byId('query').value, 0));
    byId('nearer').addEventListener('click', () => this.drawing.zoom(1.3));
    byId('farther').addEventListener('click', () => this.drawing.zoom(1 / 1.3));
    byId('fit').addEventListener('click', () => this.drawing.fit());
    byId('help').addEventListener('click', () => this.help());
    document.addEventListener('keydown', (event) => this.key(event));
    window.addEventListener('hashchange', () => {
      if (window.location.hash !== this.address) this.follow(window.location.hash);
    });
  }

  key(event) {
    const typing = event.target.tagName === 'INPUT';
    if (event.key === 'Escape') {
      if (typing) event.target.blur();
      else this.choose(undefined);
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      '/': () => byId('query').focus(),
      '+': () => this.drawing.zoom(1.3),
      '=': () => this.drawing.zoom(1.3),
      '-': () => this.drawing.zoom(1 / 1.3),
      '0': () => this.drawing.fit(),
      '[': () => this.step(-1),
      ']': () => this.step(1),
      n: () => this.find(byId('query').value, 1),
      p: () => this.find(byId('query').value, -1),
      '?': () => this.help(),
    };
    const arrow = event.key.startsWith('Arrow') && this.stage.view && this.centre.contains(event.target);
    if (arrow) this.arrow(event.key);
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
  }

  arrow(key) {
    const next = this.drawing.towards(this.chosen, key);
    if (next === undefined) return;
    this.choose(next);
    this.drawing.elements.get(next).focus();
  }

  help() {
    const keys = [
      ['Drag, wheel', 'move, zoom'],
      ['+  -  0', 'nearer, farther, all of it'],
      ['/', 'find; Enter or n and p: next and previous'],
      ['Arrows', 'in the graph: to operand, user, neighbour'],
      ['[  ]', 'stage before, next stage'],
      ['Escape', 'choose nothing'],
    ];
    const marks = [
      ['Green edge', 'this pass made it'],
      ['Red, dashed', 'the next change takes it away'],
      ['Thick frame', 'an output or a next state'],
      ['Tinted box', 'nodes that one step computes'],
    ];
    byId('details').replaceChildren(make('h2', {}, 'Keys'), facts(keys), make('h2', {}, 'Marks'), facts(marks));
  }
}

function counted(number, what) {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function byId(id) {
  return document.getElementById(id);
}

function decode(text) {
  try {
    return decodeURIComponent(text || '');
  } catch {
    return '';
  }
}

function start() {
  const model = new Model(JSON.parse(byId('data').textContent));
  const page = new Page(model);
  if (model.problem) {
    const banner = make('pre', {id: 'problem', role: 'alert'}, 'There is no program:\n' + model.problem);
    document.body.insertBefore(banner, byId('stages'));
  }
  page.follow(window.location.hash);
  document.body.setAttribute('data-ready', '');
}

start();
