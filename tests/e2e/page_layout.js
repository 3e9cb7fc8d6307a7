// Run behind model.js and layout.js by test_cli_show.cpp. Prints "ok", or what is wrong.

function pseudoRandom(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function randomGraph(count, seed) {
  const random = pseudoRandom(seed);
  const boxes = [];
  const edges = [];
  for (let i = 0; i < count; ++i) {
    boxes.push({w: 50 + random(150), h: 30 + random(40)});
    for (let k = random(3); k > 0 && i > 0; --k) edges.push([Math.max(0, i - 1 - random(30)), i]);
  }
  return {boxes, edges};
}

function require(holds, what) {
  if (!holds) throw new Error(what);
}

function apart(a, b) {
  const slack = 0.01;
  return a.x + a.w <= b.x + slack || b.x + b.w <= a.x + slack || a.y + a.h <= b.y + slack || b.y + b.h <= a.y + slack;
}

function checkDrawing({boxes, edges}, drawn) {
  const placed = boxes.map((box, i) => ({...box, ...drawn.at[i]}));
  for (const [a, b] of edges) require(placed[a].y + placed[a].h < placed[b].y, `edge ${a} -> ${b} does not go down`);
  for (let i = 0; i < placed.length; ++i) {
    const p = placed[i];
    require(p.x >= -0.01 && p.y >= 0 && p.x + p.w <= drawn.w + 0.01 && p.y + p.h <= drawn.h + 0.01, `box ${i} is outside`);
    for (let j = 0; j < i; ++j) require(apart(p, placed[j]), `boxes ${i} and ${j} overlap`);
  }
}

for (const seed of [1, 2, 3]) {
  const graph = randomGraph(150, seed);
  const drawn = layered(graph.boxes, graph.edges);
  checkDrawing(graph, drawn);
  require(JSON.stringify(drawn) === JSON.stringify(layered(graph.boxes, graph.edges)), 'two drawings differ');

  // Clusters hold their members and overlap nobody.
  const clusterOf = graph.boxes.map((_, i) => (i % 10 < 7 ? Math.floor(i / 10) : undefined));
  const nested = clustered(graph.boxes, graph.edges, clusterOf);
  nested.clusters.forEach((c, n) => nested.clusters.slice(0, n).forEach((d) => require(apart(c, d), 'clusters overlap')));
  graph.boxes.forEach((box, i) => {
    const p = {...box, ...nested.at[i]};
    for (const c of nested.clusters)
      if (c.cluster !== clusterOf[i]) require(apart(p, c), `box ${i} lies in another's cluster`);
      else require(p.x >= c.x && p.y >= c.y && p.x + p.w <= c.x + c.w && p.y + p.h <= c.y + c.h, `box ${i} leaves its cluster`);
  });
}

// Groups may depend on each other in a circle, as drawn.
require(layered([{w: 9, h: 9}, {w: 9, h: 9}], [[0, 1], [1, 0]]).at.length === 2, 'a circle');
require(layered([], []).at.length === 0, 'nothing');

// A drawing is crossing-free where it can be.
const ladder = {boxes: Array.from({length: 6}, () => ({w: 40, h: 20})), edges: [[0, 5], [1, 4], [2, 3]]};
const straight = layered(ladder.boxes, ladder.edges).at;
require(straight[0].x < straight[1].x === straight[5].x < straight[4].x, 'crossings are left');

// Thousands of nodes within a second or so, in the slowest engine and build.
const large = randomGraph(2500, 7);
const began = Date.now();
layered(large.boxes, large.edges);
require(Date.now() - began < 30000, `2500 nodes took ${Date.now() - began} ms`);

const dim = {text: '2*n + n//3 + 1', sum: [1, [2, 'n'], [1, {over: ['n', 3].map((d) => (d === 'n' ? {text: 'n', sum: [0, [1, 'n']]} : d))}]]};
require(sizeValue(dim, {n: 7}) === 17 && sizeText(dim) === '2*n + n//3 + 1' && sizeValue(5, {}) === 5, 'sizes');

console.log('ok');
