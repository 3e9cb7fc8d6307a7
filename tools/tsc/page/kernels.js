// The steps of the program: a kernel as the compiler sees it beside the C++ that was written for it.

class Kernels {
  constructor(host, model, go) {
    this.host = host;
    this.model = model;
    this.go = go;
    this.current = 0;
  }

  show(step) {
    if (step !== undefined) this.current = step;
    this.buttons = this.model.steps.map((_, s) =>
      button(stepTitle(this.model, s), () => this.choose(s), {'data-step': s}));
    this.sheet = make('section', {class: 'kernel'});
    this.host.replaceChildren(make('div', {class: 'kernels'}, make('div', {class: 'steps', role: 'toolbar', 'aria-label': 'Steps'}, this.buttons), this.sheet));
    this.choose(this.current);
  }

  choose(step) {
    this.current = step;
    this.buttons.forEach((b, s) => b.setAttribute('aria-pressed', String(s === step)));
    if (this.model.steps.length === 0)
      return this.sheet.replaceChildren(make('p', {class: 'note'}, 'Nothing is computed: this program has no steps.'));
    const {name, ir, cpp, work, group, reads, writes} = this.model.steps[step];
    this.sheet.replaceChildren(
      make('h2', {}, name),
      facts([
        ['Reads', this.buffers(reads)],
        ['Writes', this.buffers(writes)],
        ['Work', `about ${sizeText(work)} ${cpp === undefined ? 'multiplications' : 'instructions'}`],
        ['Computes', group === undefined ? 'a copy of a value that two outputs have' : this.members(group)],
      ]),
      make('div', {class: 'sides'},
        make('figure', {}, make('figcaption', {}, 'Kernel'), this.code(ir)),
        cpp === undefined
          ? make('figure', {}, make('figcaption', {}, 'C++'), make('p', {class: 'note'}, 'A call of BLAS.'))
          : make('figure', {}, make('figcaption', {}, 'C++'), this.code(cpp))));
    this.go.noted();
  }

  members(group) {
    const ids = this.model.groups[group].nodes;
    const shown = ids.slice(0, 40).map((id) => button(shorten(this.model.called(id), 30), () => this.go.stage('fuse', id)));
    return make('span', {class: 'row'}, shown, ids.length > 40 ? `and ${ids.length - 40} more` : '');
  }

  buffers(list) {
    return make('span', {class: 'row'}, list.map((b) => {
      const {node, type} = this.model.buffers[b];
      const text = `b${b} ${node === undefined ? '' : shorten(this.model.called(node), 30) + ' '}${type}`;
      return node === undefined ? make('span', {}, text) : button(text, () => this.go.stage('memory', node));
    }));
  }

  // Values (t3), axes (i0), parameters (p1) and results (r0) have the same names on both sides: pointing
  // at one marks it everywhere.
  code(text) {
    const pre = make('pre', {tabindex: 0});
    for (const part of text.split(/\b([tiprk]\d+)\b/))
      if (/^[tiprk]\d+$/.test(part)) pre.appendChild(make('span', {class: 'name', 'data-name': part}, part));
      else pre.appendChild(document.createTextNode(part));
    pre.addEventListener('mouseover', (event) => this.point(event.target.getAttribute('data-name')));
    pre.addEventListener('mouseleave', () => this.point(null));
    return pre;
  }

  point(name) {
    for (const element of this.sheet.querySelectorAll('.name'))
      element.classList.toggle('pointed', name !== null && element.getAttribute('data-name') === name);
  }
}
