// The memory plan: which buffer lives from which step to which, and where in the workspace.

const mostBuffers = 400;

class Memory {
  constructor(host, model, pick) {
    this.host = host;
    this.model = model;
    this.pick = pick;
    this.symbols = {};
    for (const name of model.symbols || []) this.symbols[name] = 64;
  }

  show(chosen) {
    this.chosen = chosen;
    this.chart = make('div', {class: 'chart'});
    this.table = make('div', {});
    this.host.replaceChildren(make('div', {class: 'memory'}, this.sizes(), this.chart, this.table));
    this.draw();
  }

  sizes() {
    const fields = Object.keys(this.symbols).map((name) =>
      make('label', {}, `${name} = `,
        make('input', {type: 'number', min: 0, value: this.symbols[name], on: {
          input: (event) => {
            this.symbols[name] = Math.max(0, Math.floor(Number(event.target.value) || 0));
            this.draw();
          }}})));
    return make('p', {class: 'sizes'}, fields.length > 0 ? 'Drawn for ' : 'All sizes are known.', fields);
  }

  bytes(size) {
    return sizeValue(size, this.symbols);
  }

  // [{b, buffer}] of the ones that a step touches.
  used(inWorkspace) {
    return this.model.buffers
      .map((buffer, b) => ({b, buffer}))
      .filter(({buffer}) => buffer.first !== undefined && (buffer.home === 'slot') === inWorkspace);
  }

  draw() {
    const {steps, slots} = this.model;
    this.column = Math.max(3, Math.min(90, 800 / Math.max(1, steps.length)));
    const sizes = slots.map((slot) => Math.ceil(this.bytes(slot) / 64) * 64);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const workspace = this.used(true).slice(0, mostBuffers);
    const rest = this.used(false).slice(0, mostBuffers);
    this.chart.replaceChildren(
      make('h2', {}, `Workspace: ${bytesText(total)} in ${counted(slots.length, 'slot')}`),
      make('p', {class: 'doc'}, 'Steps from left to right, offsets downwards, heights by size (small ones enlarged). Buffers in one row share memory.'),
      slots.length > 0 ? this.workspace(workspace, sizes, total) : make('p', {class: 'note'}, 'No value leaves a kernel but the results.'),
      make('h2', {}, 'Memory of the caller, and constants'),
      this.rows(rest));
    this.table.replaceChildren(this.listing([...workspace, ...rest]));
  }

  workspace(buffers, sizes, total) {
    let y = 0;
    let offset = 0;
    const rows = sizes.map((size) => {
      const row = {y, h: Math.max(20, (300 * size) / Math.max(1, total)), offset};
      y += row.h + 2;
      offset += size;
      return row;
    });
    const bars = buffers.map(({b, buffer}) => {
      const {y: top, h} = rows[buffer.index];
      return this.bar(b, top, h);
    });
    const labels = rows.map((row) => makeSvg('text', {class: 'offset', x: 92, y: row.y + 14}, row.offset));
    return this.frame(y, labels, bars);
  }

  rows(buffers) {
    const bars = buffers.map(({b}, i) => this.bar(b, i * 22, 20));
    const labels = buffers.map(({buffer}, i) =>
      makeSvg('text', {class: 'offset', x: 92, y: i * 22 + 14}, `${buffer.home} ${buffer.index}`));
    return this.frame(buffers.length * 22, labels, bars);
  }

  frame(height, labels, bars) {
    const {steps} = this.model;
    const every = Math.ceil(28 / this.column);
    const axis = [];
    for (let s = 0; s < steps.length; s += every)
      axis.push(
        makeSvg('line', {class: 'grid', x1: 100 + s * this.column, x2: 100 + s * this.column, y1: 0, y2: height}),
        makeSvg('text', {class: 'step', x: 104 + s * this.column, y: height + 14}, shorten(steps[s].name, Math.max(3, Math.floor((this.column * every) / letter) - 1))));
    const width = 110 + Math.max(1, steps.length) * this.column;
    return makeSvg('svg', {width, height: height + 22, role: 'group'}, axis, labels, bars);
  }

  bar(b, y, h) {
    const {first, last, node, bytes, home} = this.model.buffers[b];
    const w = (last - first + 1) * this.column - 1;
    const what = node === undefined ? `b${b}` : this.model.called(node);
    const text = `${what}  ${bytesText(this.bytes(bytes))}`;
    const act = () => this.pick(node);
    return makeSvg('g', {
      class: `bar ${home}${node !== undefined && node === this.chosen ? ' chosen' : ''}`,
      'data-buffer': b, tabindex: 0, role: 'button', 'aria-label': `${text}, steps ${first} to ${last}`,
      on: {click: act, keydown: (event) => { if (event.key === 'Enter') act(); }},
    },
    makeSvg('title', {}, `${text}\n${sizeText(bytes)} bytes, steps ${first} to ${last}`),
    makeSvg('rect', {x: 100 + first * this.column, y, width: Math.max(2, w), height: h, rx: 3}),
    makeSvg('text', {x: 105 + first * this.column, y: y + 14}, shorten(text, Math.max(1, Math.floor(w / letter)))));
  }

  listing(buffers) {
    const cell = (text) => make('td', {}, text);
    const rows = buffers.map(({b, buffer}) =>
      make('tr', {class: buffer.node !== undefined && buffer.node === this.chosen ? 'chosen' : ''},
        cell(`b${b}`),
        cell(buffer.node === undefined ? '' : button(shorten(this.model.called(buffer.node), 40), () => this.pick(buffer.node))),
        cell(buffer.type), cell(`${buffer.home} ${buffer.index}`), cell(sizeText(buffer.bytes)),
        cell(bytesText(this.bytes(buffer.bytes))), cell(`${buffer.first} to ${buffer.last}`)));
    const head = ['Buffer', 'Value', 'Type', 'Place', 'Bytes', 'Here', 'Steps'].map((text) => make('th', {scope: 'col'}, text));
    return make('table', {}, make('thead', {}, make('tr', {}, head)), make('tbody', {}, rows));
  }
}
