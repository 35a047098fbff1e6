// The frame of the page: tabs, state line, keyboard, and the view that the address names.
import { h, show } from './dom.js';
import { needs, rate, run, store, watch, isInSync } from './store.js';
import { command, size } from './words.js';
import './overview.js';
import './files.js';
import './needs.js';
import './peers.js';
import './activity.js';
import './trash.js';

const VIEWS = [
  { name: 'overview', title: 'Overview', key: 'o' },
  { name: 'files', title: 'Files', key: 'f' },
  { name: 'needs', title: 'Needs you', key: 'n' },
  { name: 'peers', title: 'Peers', key: 'p' },
  { name: 'activity', title: 'Activity', key: 'a' },
  { name: 'trash', title: 'Trash', key: 't' },
];

const byId = (id) => document.getElementById(id);

function viewName() {
  const name = location.hash.slice(2).split('?')[0];
  return VIEWS.some((view) => view.name === name) ? name : 'overview';
}

function frame() {
  const { status, link } = store;
  const waiting = needs(status).all;
  byId('node').textContent = status?.node ?? '';
  document.title = `${waiting ? `(${waiting}) ` : ''}Realize${status ? ` · ${status.node}` : ''}`;
  show(byId('state'), ...stateLine());
  const { down, up } = rate();
  byId('rates').textContent = link === 'live' ? `↓ ${size(Math.round(down))}/s  ↑ ${size(Math.round(up))}/s` : '';
  show(
    byId('tabs'),
    VIEWS.map((view) =>
      h(
        'a',
        {
          href: `#/${view.name}`,
          'aria-current': view.name === viewName() && 'page',
          title: `g ${view.key}`,
        },
        view.title,
        view.name === 'needs' && waiting > 0 && h('span', { class: 'count' }, waiting),
      ),
    ),
  );
}

function stateLine() {
  const { status, link } = store;
  const mark = (kind, text) => [h('span', { class: `mark ${kind}`, 'aria-hidden': 'true' }), text];
  if (link === 'unknown') {
    return mark('bad', 'not signed in');
  }
  if (link === 'away') {
    return mark('bad', 'no word');
  }
  if (link !== 'live' || !status) {
    return mark('busy', 'opening');
  }
  if (needs(status).all > 0) {
    return mark('warn', 'needs you');
  }
  return status.arenas.every(isInSync) ? mark('good', 'in sync') : mark('busy', 'syncing');
}

/** What is shown in place of a view while there is nothing to show. */
function instead() {
  if (store.link === 'unknown') {
    return h(
      'section',
      { class: 'empty', 'data-key': 'unknown' },
      h('h2', {}, 'This browser is not known here'),
      h('p', {}, 'Run this on the machine, and open the link that it prints:'),
      h('p', {}, command('realize dashboard')),
      store.problem && h('p', { class: 'quiet' }, store.problem),
    );
  }
  if (!store.status) {
    return h(
      'section',
      { class: 'empty', 'data-key': 'away' },
      h('h2', {}, store.link === 'away' ? 'The daemon does not answer' : 'Opening'),
      store.link === 'away' && h('p', { class: 'quiet' }, `${store.problem}. This page tries again by itself.`),
    );
  }
  return null;
}

function body() {
  const other = instead();
  const away =
    store.link === 'away' &&
    h('p', { class: 'problem', role: 'alert', 'data-key': 'link' }, `No word from the daemon since ${new Date(store.heard).toLocaleTimeString()}. What is shown is what it said last.`);
  if (other) {
    show(byId('main'), other);
  } else {
    const name = viewName();
    show(byId('main'), away, h(`realize-${name}`, { 'data-key': `view-${name}`, 'data-place': location.hash }));
  }
}

function showHelp() {
  const rows = [
    ...VIEWS.map((view) => [`g ${view.key}`, view.title]),
    ['/', 'Search or filter'],
    ['?', 'This help'],
    ['Esc', 'Close, or leave a question unanswered'],
  ];
  const help = byId('help');
  show(
    help,
    h('h2', { id: 'help-title' }, 'Keys'),
    h('dl', {}, rows.map(([key, text]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, text)])),
    h('button', { type: 'button', onclick: () => help.close() }, 'Close'),
  );
  help.showModal();
}

let isGoing = false;

function onKey(event) {
  const isTyping = event.target.closest('input, select, textarea, dialog');
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const view = isGoing && VIEWS.find((each) => each.key === event.key);
  isGoing = event.key === 'g';
  if (view) {
    location.hash = `#/${view.name}`;
  } else if (event.key === '?') {
    showHelp();
  } else if (event.key === '/') {
    const search = document.querySelector('main input[type=search]');
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
}

addEventListener('keydown', onKey);
addEventListener('hashchange', () => {
  if (new URLSearchParams(location.hash.slice(1)).has('key')) {
    location.reload();
    return;
  }
  frame();
  body();
  byId('main').focus({ preventScroll: true });
  scrollTo(0, 0);
});
watch(() => {
  frame();
  body();
});
setInterval(frame, 5000);
run();

