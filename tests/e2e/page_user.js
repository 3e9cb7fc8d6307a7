// Plays the user of the page for test_cli_show.cpp, and leaves "ok" or what went wrong at the body.
(() => {
  const body = document.body;
  const expect = (holds, what) => {
    if (!holds) throw new Error(what);
  };
  const byQuery = (query) => document.querySelector(query);
  const press = (key, target) =>
    (target || document.activeElement).dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
  const transform = () => byQuery('svg.graph > g').getAttribute('transform');
  const changes = (act, what) => {
    const before = transform();
    act();
    expect(transform() !== before, what);
  };
  const pointer = (type, x, y) =>
    byQuery('svg.graph').dispatchEvent(new PointerEvent(type, {clientX: x, clientY: y, button: 0, pointerId: 1, bubbles: true}));
  Element.prototype.setPointerCapture = () => {}; // there is no such pointer

  const play = () => {
    const svg = byQuery('svg.graph');
    changes(() => svg.dispatchEvent(new WheelEvent('wheel', {deltaY: -200, clientX: 600, clientY: 300, cancelable: true})), 'the wheel does not zoom');
    changes(() => {
      pointer('pointerdown', 600, 300);
      pointer('pointermove', 650, 320);
      pointer('pointerup', 650, 320);
    }, 'dragging does not move');
    changes(() => byQuery('#fit').click(), 'Fit does nothing');
    changes(() => press('+', svg), '+ does not zoom');

    pointer('pointerdown', 5, 5);
    pointer('pointerup', 5, 5);
    byQuery('[data-node="0"]').dispatchEvent(new MouseEvent('click', {bubbles: true}));
    expect(body.dataset.chosen === '0', 'a click does not choose');
    expect(byQuery('.node.chosen').dataset.node === '0', 'what is chosen is not marked');
    press('ArrowDown', svg);
    expect(document.activeElement.dataset.node === body.dataset.chosen && body.dataset.chosen !== '0', 'the arrow does not lead to a user');
    press('ArrowUp');
    expect(body.dataset.chosen === '0', 'the arrow does not lead back');
    press('Escape');
    expect(body.dataset.chosen === '', 'Escape keeps the choice');

    press('/', body);
    expect(document.activeElement.id === 'query', '/ does not lead to the search');
    byQuery('#query').value = 'loss';
    byQuery('#query').dispatchEvent(new Event('input'));
    expect(byQuery('aside h2').textContent === 'loss', 'the search does not choose');
    const {chosen} = body.dataset;
    byQuery('#query').dispatchEvent(new Event('input'));
    byQuery('#search').requestSubmit();
    expect(body.dataset.chosen !== undefined && /of/.test(byQuery('#found').textContent), 'Enter does not go on');
    byQuery('#query').blur();
    press('p', body);
    expect(body.dataset.chosen === chosen, 'p does not go back');

    press(']', body);
    expect(body.dataset.stage === 'stabilise', '] does not lead to the next stage');
    expect(byQuery('aside h2').textContent === 'loss', 'the choice is lost on the way');
    press('[', body);
    press('[', body);
    expect(body.dataset.stage === 'file' && byQuery('.line.chosen'), 'the line is not marked');

    byQuery('[data-stage="memory"]').click();
    const text = byQuery('.chart').textContent;
    const field = byQuery('.sizes input');
    field.value = '100000';
    field.dispatchEvent(new Event('input', {bubbles: true}));
    expect(byQuery('.chart').textContent !== text, 'sizes do not change the chart');
    byQuery('[data-stage="kernels"]').click();
    [...document.querySelectorAll('[data-step]')].find((b) => b.textContent.startsWith('k')).click();
    const name = byQuery('pre .name');
    name.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
    expect(name.classList.contains('pointed'), 'names are not marked');
    press('0', body);
    press('?', body);
    expect(/Drag/.test(byQuery('aside').textContent), '? does not help');
  };

  try {
    play();
    body.dataset.played = 'ok';
  } catch (error) {
    body.dataset.played = String(error);
  }
})();
