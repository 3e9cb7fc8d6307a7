// Layered drawings: operands above users, few crossings, boxes near what they are joined to. The steps
// are those of Sugiyama, Tagawa and Toda: rank, order within ranks by barycentres, then place.
// Nothing here touches the document, and nothing is random.

const layoutGap = {x: 18, y: 34, lane: 10};

// `boxes`: [{w, h}]; `edges`: [[from, to]] by index. Gives {w, h, at: [{x, y}] (top left corners),
// routes: [[{x, y}]] (points between the two boxes, by edge), bands: [{from, to}] (by edge: down to
// where its upper end's rank reaches, and from where its lower end's does)}.
function layered(boxes, edges) {
  const ranks = rankOf(boxes.length, edges);
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
    y += height + layoutGap.y + Math.min(60, layer.length / 4);
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
  const margin = {side: 14, top: 26, bottom: 14};
  const parts = []; // {members: [box], cluster}
  const partOf = [];
  const places = new Map();
  boxes.forEach((box, i) => {
    const cluster = clusterOf[i];
    if (cluster === undefined || !places.has(cluster)) {
      if (cluster !== undefined) places.set(cluster, parts.length);
      partOf.push(parts.length);
      parts.push({members: [i], cluster});
    } else {
      partOf.push(places.get(cluster));
      parts[places.get(cluster)].members.push(i);
    }
  });
  const indexIn = [];
  for (const part of parts) part.members.forEach((i, k) => (indexIn[i] = k));
  const inner = parts.map(() => []);
  edges.forEach(([from, to], e) => {
    if (partOf[from] === partOf[to]) inner[partOf[from]].push(e);
  });
  for (const [p, part] of parts.entries()) {
    part.drawn = layered(
      part.members.map((i) => boxes[i]),
      inner[p].map((e) => [indexIn[edges[e][0]], indexIn[edges[e][1]]]));
    const framed = part.cluster !== undefined;
    part.dx = framed ? margin.side : 0;
    part.dy = framed ? margin.top : 0;
    part.w = part.drawn.w + 2 * part.dx;
    part.h = part.drawn.h + part.dy + (framed ? margin.bottom : 0);
  }
  const outer = edges.map((_, e) => e).filter((e) => partOf[edges[e][0]] !== partOf[edges[e][1]]);
  const whole = layered(parts, outer.map((e) => [partOf[edges[e][0]], partOf[edges[e][1]]]));
  const shift = (p, point) => ({
    x: whole.at[p].x + parts[p].dx + point.x,
    y: whole.at[p].y + parts[p].dy + point.y,
  });
  const routes = [];
  const bands = [];
  inner.forEach((list, p) => list.forEach((e, k) => {
    const {drawn} = parts[p];
    const {y} = shift(p, {x: 0, y: 0});
    routes[e] = drawn.routes[k].map((point) => shift(p, point));
    bands[e] = {from: drawn.bands[k].from + y, to: drawn.bands[k].to + y};
  }));
  outer.forEach((e, k) => {
    routes[e] = whole.routes[k];
    bands[e] = whole.bands[k];
  });
  return {
    w: whole.w,
    h: whole.h,
    at: boxes.map((_, i) => shift(partOf[i], parts[partOf[i]].drawn.at[indexIn[i]])),
    routes,
    bands,
    clusters: parts
      .map((part, p) => ({cluster: part.cluster, ...whole.at[p], w: part.w, h: part.h}))
      .filter((part) => part.cluster !== undefined),
  };
}
