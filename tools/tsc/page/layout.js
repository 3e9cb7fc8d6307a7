// Layered drawings: operands above users, few crossings, boxes near what they are joined to. The steps
// are those of Sugiyama, Tagawa and Toda: rank, order within ranks by barycentres, then place.
// Nothing here touches the document, and nothing is random.

const layoutGap = {x: 18, y: 34, lane: 10};

// `boxes`: [{w, h}]; `edges`: [[from, to]] by index. Gives {w, h, at: [{x, y}] (top left corners),
// routes: [[{x, y}]] (points between the two boxes, by edge), bands: [{from, to}] (by edge: down to
// where its upper end's rank reaches, and from where its lower end's does)}. A box of which `pins` says
// 'top' or 'bottom' stands in the first or the last rank.
function layered(boxes, edges, pins = []) {
  const ranks = rankOf(boxes.length, edges);
  const last = ranks.reduce((a, b) => Math.max(a, b), 0);
  pins.forEach((pin, i) => (ranks[i] = pin === 'top' ? 0 : pin === 'bottom' ? last : ranks[i]));
  const {items, links, lanes} = withLanes(boxes, edges, ranks);
  const layers = layersOf(items);
  order(layers, items, links);
  place(layers, items, links);
  return measured(boxes, edges, items, layers, lanes);
}

// Longest paths from the top; what has no operand stands right above its first user. A circle, which
// only a drawing of groups can have, is broken where it is met.
function rankOf(count, edges) {
  const users = Array.from({length: count}, () => []);
  const waits = new Array(count).fill(0);
  for (const [from, to] of edges) {
    users[from].push(to);
    ++waits[to];
  }
  const ranks = new Array(count).fill(0);
  const done = new Array(count).fill(false);
  const open = [];
  const finish = (node) => {
    done[node] = true;
    for (const user of users[node]) {
      if (done[user]) continue;
      ranks[user] = Math.max(ranks[user], ranks[node] + 1);
      if (--waits[user] === 0) open.push(user);
    }
  };
  const isRoot = waits.map((n) => n === 0);
  for (let node = 0; node < count; ++node) if (isRoot[node]) open.push(node);
  for (let next = 0, stuck = 0; next < open.length || stuck < count; ) {
    if (next < open.length) finish(open[next++]);
    else if (!done[stuck] && waits[stuck] > 0) {
      waits[stuck] = 0;
      open.push(stuck++);
    } else ++stuck;
  }
  for (let node = 0; node < count; ++node)
    if (isRoot[node] && users[node].length > 0)
      ranks[node] = Math.max(0, Math.min(...users[node].slice(0, 1000).map((u) => ranks[u])) - 1);
  return ranks;
}

// An edge over several ranks becomes a chain of thin items, so that it finds a lane between boxes. Where
// there would be too many of them, it goes straight.
function withLanes(boxes, edges, ranks) {
  const most = 30000;
  const items = boxes.map((box, i) => ({rank: ranks[i], w: box.w, h: box.h, lane: false}));
  const total = edges.reduce((sum, [a, b]) => sum + Math.max(0, ranks[b] - ranks[a] - 1), 0);
  const longest = total <= most ? Infinity : 4;
  const links = []; // [upper item, lower item], of neighbouring ranks
  const lanes = edges.map(([from, to]) => {
    const chain = [];
    const span = ranks[to] - ranks[from];
    if (span < 1 || span > longest) return chain;
    let above = from;
    for (let rank = ranks[from] + 1; rank < ranks[to]; ++rank) {
      chain.push(items.length);
      items.push({rank, w: 0, h: 0, lane: true});
      links.push([above, items.length - 1]);
      above = items.length - 1;
    }
    links.push([above, to]);
    return chain;
  });
  return {items, links, lanes};
}

function layersOf(items) {
  const layers = [];
  items.forEach((item, i) => {
    while (layers.length <= item.rank) layers.push([]);
    layers[item.rank].push(i);
  });
  return layers;
}

function neighbours(items, links) {
  const above = items.map(() => []);
  const below = items.map(() => []);
  for (const [a, b] of links) {
    below[a].push(b);
    above[b].push(a);
  }
  return {above, below};
}

// Sweeps down and up, each layer sorted by the mean place of its neighbours; the best order seen is kept.
function order(layers, items, links) {
  const {above, below} = neighbours(items, links);
  const number = () => layers.forEach((layer) => layer.forEach((i, at) => (items[i].place = at)));
  number();
  const sweeps = items.length < 5000 ? 10 : 4;
  let best = {crossings: crossings(layers, items, below), layers: layers.map((l) => l.slice())};
  for (let sweep = 0; sweep < sweeps && best.crossings > 0; ++sweep) {
    const down = sweep % 2 === 0;
    const near = down ? above : below;
    for (const layer of down ? layers : layers.slice().reverse()) {
      for (const i of layer) {
        const mean = near[i].reduce((sum, j) => sum + items[j].place, 0) / near[i].length;
        items[i].mean = near[i].length > 0 ? mean : items[i].place;
      }
      layer.sort((a, b) => items[a].mean - items[b].mean || items[a].place - items[b].place);
      layer.forEach((i, at) => (items[i].place = at));
    }
    const now = crossings(layers, items, below);
    if (now < best.crossings) best = {crossings: now, layers: layers.map((l) => l.slice())};
  }
  best.layers.forEach((layer, rank) => (layers[rank] = layer));
  number();
}

// How many pairs of links cross, by counting inversions in a Fenwick tree.
function crossings(layers, items, below) {
  let count = 0;
  for (let rank = 0; rank + 1 < layers.length; ++rank) {
    const size = layers[rank + 1].length;
    const tree = new Int32Array(size + 1);
    let seen = 0;
    for (const i of layers[rank]) {
      const ends = below[i].map((j) => items[j].place).sort((a, b) => a - b);
      for (const end of ends) {
        let before = 0;
        for (let k = end + 1; k > 0; k -= k & -k) before += tree[k];
        count += seen - before;
      }
      for (const end of ends) {
        for (let k = end + 1; k <= size; k += k & -k) ++tree[k];
        ++seen;
      }
    }
  }
  return count;
}

// Horizontal places: each item wants to stand at the mean of its neighbours; a layer's wishes are met as
// well as its order allows, all at once.
function place(layers, items, links) {
  const {above, below} = neighbours(items, links);
  for (const layer of layers) {
    let x = 0;
    for (const i of layer) {
      items[i].x = x + items[i].w / 2;
      x += items[i].w + (items[i].lane ? layoutGap.lane : layoutGap.x);
    }
    for (const i of layer) items[i].x -= x / 2;
  }
  const rounds = items.length < 5000 ? 12 : 5;
  for (let round = 0; round < rounds; ++round) {
    const down = round % 2 === 0;
    for (const layer of down ? layers : layers.slice().reverse()) {
      const wishes = layer.map((i) => wish(i, down ? above[i] : below[i], down ? below[i] : above[i], items));
      settle(layer, wishes, items);
    }
  }
}

// Where an item wants to be, and how much. Lanes insist: a long edge should be straight.
function wish(i, near, far, items) {
  const from = near.length > 0 ? near : far;
  if (from.length === 0) return {x: items[i].x, weight: 0.1};
  let sum = 0;
  let weight = 0;
  for (const j of from) {
    const w = items[i].lane && items[j].lane ? 8 : 1;
    sum += w * items[j].x;
    weight += w;
  }
  return {x: sum / weight, weight: near.length > 0 ? weight : 0.2};
}

// The places nearest to the wishes (in squares) that keep order and distances: neighbours that would
// overlap are pooled at their common mean.
function settle(layer, wishes, items) {
  const blocks = [];
  let offset = 0;
  const offsets = layer.map((i, at) => {
    if (at > 0) {
      const before = items[layer[at - 1]];
      const gap = before.lane || items[i].lane ? layoutGap.lane : layoutGap.x;
      offset += before.w / 2 + gap + items[i].w / 2;
    }
    return offset;
  });
  layer.forEach((i, at) => {
    let block = {x: wishes[at].x - offsets[at], weight: wishes[at].weight, count: 1};
    while (blocks.length > 0 && blocks[blocks.length - 1].x >= block.x) {
      const other = blocks.pop();
      const weight = other.weight + block.weight;
      block = {
        x: (other.x * other.weight + block.x * block.weight) / weight,
        weight,
        count: other.count + block.count,
      };
    }
    blocks.push(block);
  });
  let at = 0;
  for (const block of blocks)
    for (let k = 0; k < block.count; ++k, ++at) items[layer[at]].x = block.x + offsets[at];
}

function measured(boxes, edges, items, layers, lanes) {
  let y = 0;
  const tops = [];
  const heights = layers.map((layer) => {
    const height = layer.reduce((most, i) => Math.max(most, items[i].h), 0);
    tops.push(y);
    y += height + (height > 0 ? layoutGap.y : layoutGap.y / 2) + Math.min(60, layer.length / 4);
    return height;
  });
  const left = items.reduce((least, item) => Math.min(least, item.x - item.w / 2), Infinity);
  const right = items.reduce((most, item) => Math.max(most, item.x + item.w / 2), -Infinity);
  const at = boxes.map((box, i) => ({
    x: items[i].x - box.w / 2 - left,
    y: tops[items[i].rank] + (heights[items[i].rank] - box.h) / 2,
  }));
  const routes = lanes.map((chain) =>
    chain.flatMap((i) => {
      const {x, rank} = items[i];
      return [{x: x - left, y: tops[rank]}, {x: x - left, y: tops[rank] + heights[rank]}];
    }));
  const bands = edges.map(([from, to]) => {
    const [upper, lower] = [items[from].rank, items[to].rank];
    return {from: tops[upper] + heights[upper], to: tops[lower]};
  });
  const h = layers.length > 0 ? tops[tops.length - 1] + heights[heights.length - 1] : 0;
  return {w: boxes.length > 0 ? right - left : 0, h, at, routes, bands};
}

// The same with boxes around those that share a cluster (`clusterOf[i]`, or undefined): clusters are laid
// out first, then stand as boxes among the others. Gives `clusters`, [{cluster, x, y, w, h}], too.
function clustered(boxes, edges, clusterOf) {
  const parts = partsOf(boxes, clusterOf);
  const partOf = [];
  parts.forEach((part) => part.members.forEach((i) => (partOf[i] = part)));
  const outer = [];
  edges.forEach(([from, to], e) => {
    const [a, b] = [partOf[from], partOf[to]];
    if (a === b) a.edges.push([a.indexOf.get(from), a.indexOf.get(to), e]);
    else outer.push({e, a, b, leave: leave(a, from), enter: enter(b, from, to)});
  });
  parts.forEach(layPart);
  const whole = layered(parts, outer.map(({a, b}) => [a.number, b.number]));
  for (const part of parts) {
    part.x = whole.at[part.number].x;
    part.y = whole.at[part.number].y;
  }
  const routes = [];
  const bands = [];
  for (const part of parts)
    part.edges.forEach(([, , e], k) => {
      if (e === undefined) return;
      routes[e] = part.drawn.routes[k].map((point) => inPart(part, point));
      bands[e] = bandIn(part, k);
    });
  outer.forEach((edge, k) => {
    routes[edge.e] = routeBetween(edge, whole.routes[k], whole.bands[k]);
    bands[edge.e] = {
      from: edge.leave ? bandIn(edge.a, edge.leave.edge).from : whole.bands[k].from,
      to: edge.enter ? bandIn(edge.b, edge.enter.edge).to : whole.bands[k].to,
    };
  });
  return {
    w: whole.w,
    h: whole.h,
    at: boxes.map((_, i) => inPart(partOf[i], partOf[i].drawn.at[partOf[i].indexOf.get(i)])),
    routes,
    bands,
    clusters: parts
      .filter((part) => part.framed)
      .map(({cluster, x, y, w, h}) => ({cluster, x, y, w, h})),
  };
}

// A part is a cluster with its boxes, or one box that stands alone. `boxes` are the members, then pins:
// points in its first and last rank where edges enter and leave.
function partsOf(boxes, clusterOf) {
  const parts = [];
  const known = new Map();
  boxes.forEach((box, i) => {
    const cluster = clusterOf[i];
    let part = cluster === undefined ? undefined : known.get(cluster);
    if (!part) {
      part = {number: parts.length, cluster, framed: cluster !== undefined, members: [], indexOf: new Map(), boxes: [], pins: [], pinOf: new Map(), edges: []};
      parts.push(part);
      if (part.framed) known.set(cluster, part);
    }
    part.indexOf.set(i, part.members.length);
    part.members.push(i);
    part.boxes.push(box);
  });
  for (const part of parts) part.pins = part.boxes.map(() => undefined);
  return parts;
}

function pinIn(part, side, key) {
  const name = `${side} ${key}`;
  if (!part.pinOf.has(name)) {
    part.pinOf.set(name, part.boxes.length);
    part.boxes.push({w: 0, h: 0});
    part.pins.push(side);
  }
  return part.pinOf.get(name);
}

// Where an edge of `from` leaves its cluster, or enters the one of `to`: a pin, and the edge to it.
function leave(part, from) {
  if (!part.framed) return undefined;
  const pin = pinIn(part, 'bottom', from);
  part.edges.push([part.indexOf.get(from), pin]);
  return {pin, edge: part.edges.length - 1};
}

function enter(part, from, to) {
  if (!part.framed) return undefined;
  const pin = pinIn(part, 'top', from);
  part.edges.push([pin, part.indexOf.get(to)]);
  return {pin, edge: part.edges.length - 1};
}

function layPart(part) {
  const room = (side) => (part.pins.includes(side) ? 0 : 12); // a rank of pins is room enough
  const margin = part.framed ? {side: 14, top: 14 + room('top'), bottom: room('bottom')} : {side: 0, top: 0, bottom: 0};
  part.drawn = layered(part.boxes, part.edges, part.pins);
  part.dx = margin.side;
  part.dy = margin.top;
  part.w = part.drawn.w + 2 * margin.side;
  part.h = part.drawn.h + margin.top + margin.bottom;
}

function inPart(part, {x, y}) {
  return {x: part.x + part.dx + x, y: part.y + part.dy + y};
}

function bandIn(part, edge) {
  const {from, to} = part.drawn.bands[edge];
  return {from: part.y + part.dy + from, to: part.y + part.dy + to};
}

// Inside of the one cluster, between the two, inside of the other.
function routeBetween({a, b, leave: out, enter: into}, route, band) {
  const points = [];
  if (out) {
    const {x} = inPart(a, a.drawn.at[out.pin]);
    points.push(...a.drawn.routes[out.edge].map((point) => inPart(a, point)));
    points.push({x, y: a.y + a.h}, {x, y: band.from});
  }
  points.push(...route);
  if (into) {
    const {x} = inPart(b, b.drawn.at[into.pin]);
    points.push({x, y: band.to}, {x, y: b.y});
    points.push(...b.drawn.routes[into.edge].map((point) => inPart(b, point)));
  }
  return points;
}
